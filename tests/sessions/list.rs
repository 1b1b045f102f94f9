//! `GET /sessions`

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use chrono::TimeDelta;
use serde_json::json;
use shared::context::Clock;

use crate::world::*;

#[tokio::test]
async fn shows_all_about_a_session_but_its_token() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.pass(TimeDelta::seconds(1));
    let answer = anna.post("/sessions", json!({"name": " Nightly backup ", "type": "api", "expiry": 60})).await;
    let token = world.person(&answer);

    let list = anna.get("/sessions").await;
    assert!(!contains_secret(&list.body) && !list.body.contains("hash"));
    let sessions = list.json()["sessions"].clone();
    assert_eq!(sessions[0]["id"], token.session_id, "newest first");
    assert_eq!((&sessions[0]["name"], &sessions[0]["type"]), (&json!("Nightly backup"), &json!("api")));
    assert_eq!((&sessions[0]["current"], &sessions[1]["current"]), (&json!(false), &json!(true)));
    assert_eq!((&sessions[0]["last_used_at"], &sessions[1]["name"]), (&json!(null), &json!(null)));
    assert_eq!(sessions[0]["expiry"], token.expiry);
    let keys: Vec<_> = sessions[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        ["created_at", "current", "expiry", "id", "last_used_at", "name", "type", "user_agent", "user_id"]
    );
}

#[tokio::test]
async fn is_exact_right_after_creating_and_deleting() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    assert_eq!(anna.session_ids().await, [anna.session_id.as_str()]);
    world.pass(TimeDelta::milliseconds(1));
    let token = anna.api_token(60).await;
    assert_eq!(anna.session_ids().await, [token.session_id.as_str(), &anna.session_id]);
    anna.delete(&format!("/sessions/{}", token.session_id)).await;
    assert_eq!(anna.session_ids().await, [anna.session_id.as_str()]);
}

#[tokio::test]
async fn leaves_out_what_has_expired_but_not_been_deleted() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let token = anna.api_token(60).await;
    world.pass(TimeDelta::seconds(60));
    assert_eq!(anna.session_ids().await, [anna.session_id.as_str()]);
    assert!(world.item(ANNA, &format!("session#{}", token.session_id)).await.is_some(), "it is still in the table");
}

#[tokio::test]
async fn holds_nobody_elses() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    assert_eq!(anna.session_ids().await, [anna.session_id.as_str()]);
    assert_eq!(ben.session_ids().await, [ben.session_id.as_str()]);
}

#[tokio::test]
async fn steps_over_an_item_that_cannot_be_read() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let token = anna.api_token(60).await;
    world.set(ANNA, &format!("session#{}", token.session_id), "expiry", Some(AttributeValue::S("odd".into()))).await;
    assert_eq!(anna.session_ids().await, [anna.session_id.as_str()]);
    assert!(!logged_lines("a list stepped over poison items").is_empty());
}

#[tokio::test]
async fn holds_a_thousand() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let own = world.item(ANNA, &format!("session#{}", anna.session_id)).await.unwrap();
    let table = format!("{}users", world.tables);
    for batch in (0..999).collect::<Vec<_>>().chunks(25) {
        let put = |number: &i32| {
            let mut item = own.clone();
            let id = shared::domain::SessionId::new(
                world.clock.now(),
                number.to_be_bytes().repeat(3)[..10].try_into().unwrap(),
            );
            item.insert("item".into(), AttributeValue::S(format!("session#{id}")));
            item.insert("user_agent".into(), AttributeValue::S("x".repeat(256)));
            WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(item)).build().unwrap()).build()
        };
        let write = world.dynamodb().batch_write_item().request_items(&table, batch.iter().map(put).collect());
        write.send().await.unwrap();
    }
    let ids = anna.session_ids().await;
    assert_eq!(ids.len(), 1000);
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), 1000);

    assert_eq!(anna.delete("/sessions").await.status, 204);
    let again = world.sign_in(ANNA).await;
    assert_eq!(again.session_ids().await, [again.session_id.as_str()], "one write ended a thousand");
}
