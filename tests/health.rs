//! `GET /health`

use expect_test::expect;

use crate::world::*;

#[tokio::test]
async fn the_service_answers_without_its_tables() {
    let world = World::new().await;
    world.wire.fail("BatchGetItem", Fault::ServerError, u32::MAX);
    for path in ["/health", "/health?deep=false"] {
        let answer = world.get(path, &[]).await;
        expect![[r#"200 {"status":"ok"}"#]].assert_eq(&answer.text());
    }
    assert!(world.wire.calls().is_empty());
}

#[tokio::test]
async fn deep_asks_every_table_in_one_call() {
    let world = World::new().await;
    assert_eq!(world.get("/health?deep=true", &[]).await.text(), r#"200 {"status":"ok"}"#);
    let tables: Vec<_> = world.wire.calls().into_iter().flat_map(|call| call.actions).map(|(table, _)| table).collect();
    for table in ["users", "apps", "guards"] {
        assert!(tables.contains(&format!("{}{table}", world.tables)), "{table}: {tables:?}");
    }
    assert_eq!(world.wire.calls().len(), 1);
}

#[tokio::test]
async fn deep_says_so_when_a_table_does_not_answer() {
    let world = World::new().await;
    world.wire.fail("BatchGetItem", Fault::ServerError, u32::MAX);
    let answer = world.get("/health?deep=true", &[]).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "Unavailable"));
    assert!(answer.header("retry-after").is_some());
}

#[tokio::test]
async fn what_is_neither_true_nor_false_is_refused() {
    let world = World::new().await;
    let answer = world.get("/health?deep=maybe", &[]).await;
    assert_eq!((answer.status, &answer.json()["field"]), (400, &serde_json::json!("deep")));
}
