//! `GET /sessions/@me`

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use shared::context::Clock;

use crate::world::*;

#[tokio::test]
async fn says_whose_session_it_is() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let me = anna.get("/sessions/@me").await.json();

    assert_eq!(me["user_id"], anna.user_id);
    assert_eq!(me["id"], anna.session_id);
    assert_eq!((&me["state"], &me["type"]), (&"normal".into(), &"login".into()));
    assert_eq!(me["expiry"], anna.expiry);
    assert_eq!(me["created_at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap(), world.clock.now());
    assert_eq!(me["name"], serde_json::Value::Null);
    assert_eq!(me.as_object().unwrap().len(), 7);
}

#[tokio::test]
async fn times_are_rfc_3339_in_utc() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let me = anna.get("/sessions/@me").await.json();
    for field in ["created_at", "expiry"] {
        let text = me[field].as_str().unwrap();
        assert!(text.ends_with('Z') && text.len() <= "9999-12-31T23:59:59.999Z".len(), "{text}");
    }
}

#[tokio::test]
async fn a_session_is_dead_from_the_moment_of_its_expiry() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let expiry: DateTime<Utc> = anna.expiry.parse().unwrap();
    for (offset, status) in [(-1000, 200), (-1, 200), (0, 401), (1, 401), (1000, 401)] {
        world.clock.set(expiry + TimeDelta::milliseconds(offset));
        assert_eq!(anna.get("/sessions/@me").await.status, status, "{offset} ms");
    }
}

#[tokio::test]
async fn a_session_without_a_readable_expiry_is_dead() {
    let world = World::new().await;
    for attribute in ["expires_at", "expiry", "created_at", "token_hash", "type", "sign_outs"] {
        for value in [
            None,
            Some(AttributeValue::S("later".into())),
            Some(AttributeValue::N("1e80".into())),
            Some(AttributeValue::Null(true)),
        ] {
            let anna = world.sign_in(ANNA).await;
            world.set(ANNA, &format!("session#{}", anna.session_id), attribute, value.clone()).await;
            assert_eq!(anna.get("/sessions/@me").await.code(), "InvalidToken", "{attribute} {value:?}");
        }
    }
}

#[tokio::test]
async fn the_earlier_of_the_two_expiries_counts() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let soon = (world.clock.now() + TimeDelta::seconds(60)).timestamp();
    world
        .set(ANNA, &format!("session#{}", anna.session_id), "expires_at", Some(AttributeValue::N(soon.to_string())))
        .await;
    assert!(anna.is_signed_in().await);
    world.pass(TimeDelta::seconds(60));
    assert!(!anna.is_signed_in().await);
}

#[tokio::test]
async fn a_session_without_its_account_is_dead() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let delete = world.dynamodb().delete_item().table_name(format!("{}users", world.tables));
    let delete =
        delete.key("user_id", AttributeValue::S(ANNA.to_string())).key("item", AttributeValue::S("account".into()));
    delete.send().await.unwrap();
    assert_eq!(anna.get("/sessions/@me").await.code(), "InvalidToken");
}

#[tokio::test]
async fn a_banned_user_sees_that_they_are() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.ban(ANNA).await;
    let answer = anna.get("/sessions/@me").await;
    assert_eq!((answer.status, &answer.json()["state"]), (200, &"banned".into()));
}

#[tokio::test]
async fn use_is_noted_at_most_every_five_minutes() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let item = format!("session#{}", anna.session_id);
    let noted =
        async || world.item(ANNA, &item).await.unwrap().get("last_used_at").map(|value| value.as_n().unwrap().clone());
    assert_eq!(noted().await, None, "not used yet");

    anna.get("/sessions/@me").await;
    let first = world.clock.now().timestamp_millis().to_string();
    assert_eq!(noted().await.as_ref(), Some(&first));
    world.pass(TimeDelta::milliseconds(299_999));
    anna.get("/sessions/@me").await;
    assert_eq!(noted().await.as_ref(), Some(&first));
    world.pass(TimeDelta::milliseconds(1));
    anna.get("/sessions/@me").await;
    assert_eq!(noted().await, Some(world.clock.now().timestamp_millis().to_string()));
}

#[tokio::test]
async fn a_restored_tables_sessions_are_dead() {
    let past = World::new().await;
    let anna = past.sign_in(ANNA).await;
    assert!(anna.is_signed_in().await);

    let later = (past.clock.now() + TimeDelta::hours(1)).to_rfc3339();
    let world = World::with(&[("SESSIONS_VALID_AFTER", &later)]).await;
    let before = world.sign_in(ANNA).await;
    assert!(!before.is_signed_in().await);
    world.pass(TimeDelta::hours(1) + TimeDelta::seconds(5));
    let after = world.sign_in(ANNA).await;
    assert!(after.is_signed_in().await);
    assert_eq!(after.session_ids().await, [after.session_id.as_str()], "the dead one is not listed");
}
