//! `PUT /apps/{app_id}/trusted`

use serde_json::{Value, json};

use super::*;

#[tokio::test]
async fn an_operator_trusts_an_app_apart_from_its_badge() {
    let world = World::new().await;
    let (anna, ben, dave) = (world.sign_in(ANNA).await, world.sign_in(BEN).await, world.sign_in(DAVE).await);
    let app = ben.register("An app").await;
    assert_eq!(ben.get(&path(&app)).await.json()["trusted"], false);
    for is_trusted in [true, true, false, true] {
        let answer = anna.put(&format!("{}/trusted", path(&app)), json!({"trusted": is_trusted})).await;
        assert_eq!((answer.status, answer.body.as_str()), (204, ""));
        for shown in [ben.get(&path(&app)).await.json(), anna.get(&path(&app)).await.json()] {
            assert_eq!((&shown["trusted"], &shown["verified"]), (&json!(is_trusted), &json!(false)));
        }
        assert_eq!(app.get("/app").await.json()["app"]["trusted"], is_trusted);
        assert_eq!(dave.get(&path(&app)).await.json()["trusted"], Value::Null, "a right is not for others to see");
    }
    let renamed = ben.patch(&path(&app), json!({"name": "Renamed", "logo_url": "https://cdn.example/a.png"})).await;
    assert_eq!((renamed.status, &renamed.json()["trusted"]), (200, &json!(true)), "a name has nothing to do with it");
}

#[tokio::test]
async fn an_app_of_before_this_mark_is_not_trusted() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let app = ben.register("An app").await;
    let mut item = item_of(&app).await.unwrap();
    item.remove("trusted").unwrap();
    remove(&app).await;
    world.put_all("apps", [item]).await;
    assert_eq!(ben.get(&path(&app)).await.json()["trusted"], false);
    world.trust(&app).await;
    assert_eq!(ben.get(&path(&app)).await.json()["trusted"], true);
}

#[tokio::test]
async fn nobody_else_trusts_anything_and_a_body_says_yes_or_no() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let app = ben.register("An app").await;
    for person in [&anna, &ben] {
        assert!(person.is_signed_in().await);
    }
    let operators_token = anna.api_token(60).await;
    assert!(operators_token.is_signed_in().await);
    for session in [&ben, &operators_token] {
        let answer = world.leaves_nothing(knock(&world, TRUST, &app.id, &session.token)).await;
        assert_eq!(said(&answer), refused(403, "Restricted"), "nor an operator's API token");
    }
    let created = ben.post("/apps", json!({"name": "n", "trusted": true})).await;
    assert_eq!((created.status, &created.json()["field"]), (400, &json!("trusted")));
    let changed = world.leaves_nothing(ben.patch(&path(&app), json!({"trusted": true}))).await;
    assert_eq!((changed.status, &changed.json()["field"]), (400, &json!("trusted")));
    for (body, field) in [
        (json!({}), json!("trusted")),
        (json!({"trusted": null}), json!("trusted")),
        (json!({"trusted": "true"}), json!("trusted")),
        (json!({"verified": true}), json!("verified")),
        (json!([true]), json!(null)),
    ] {
        let answer = world.leaves_nothing(anna.put(&format!("{}/trusted", path(&app)), body.clone())).await;
        assert_eq!((answer.status, &answer.json()["field"]), (400, &field), "{body}");
    }
}
