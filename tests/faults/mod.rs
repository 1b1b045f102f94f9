//! DynamoDB misbehaves: a fault ends in an error, never in a weaker check, and a lost answer in no false one.

mod connections;
mod deleted_meanwhile;
mod every_call;
mod secrets;
mod stage;

use serde_json::json;

use crate::world::*;

#[tokio::test]
async fn a_failing_read_opens_no_door() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    for fault in [Fault::ServerError, Fault::Throttled, Fault::Unprocessed, Fault::Denied] {
        world.wire.fail("BatchGetItem", fault, 100);
        for answer in [anna.get("/sessions/@me").await, anna.get("/sessions").await, anna.delete("/sessions").await] {
            assert_eq!((answer.status, answer.code().as_str()), (503, "Unavailable"), "{fault:?}");
            assert_eq!(answer.header("retry-after"), Some("2"));
        }
        world.wire.heal();
        assert!(anna.is_signed_in().await);
    }
}

#[tokio::test]
async fn a_fault_that_passes_is_not_felt() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    for fault in [Fault::ServerError, Fault::Throttled] {
        world.wire.fail("BatchGetItem", fault, 1);
        assert_eq!(anna.get("/sessions/@me").await.status, 200, "{fault:?}");
    }
}

#[tokio::test]
async fn nothing_is_said_to_be_done_that_is_not() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    anna.get("/sessions/@me").await;
    let path = format!("/sessions/{}", anna.session_id);
    let body = || json!({"name": "n", "type": "api", "expiry": 60});
    for fault in [Fault::ServerError, Fault::Throttled, Fault::Denied] {
        world.wire.fail("*", fault, 0);
        for (operation, answer) in [
            ("DeleteItem", {
                world.wire.fail("DeleteItem", fault, 100);
                anna.delete(&path).await
            }),
            ("UpdateItem", {
                world.wire.fail("UpdateItem", fault, 100);
                anna.delete("/sessions").await
            }),
            ("TransactWriteItems", {
                world.wire.fail("TransactWriteItems", fault, 100);
                anna.post("/sessions", body()).await
            }),
            ("Query", {
                world.wire.fail("Query", fault, 100);
                anna.get("/sessions").await
            }),
        ] {
            assert_eq!((answer.status, answer.code().as_str()), (503, "Unavailable"), "{operation} {fault:?}");
        }
        world.wire.heal();
        assert_eq!(anna.session_ids().await, [anna.session_id.as_str()]);
    }
}

#[tokio::test]
async fn a_failed_note_of_use_harms_nothing() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.wire.fail("UpdateItem", Fault::ServerError, 100);
    assert_eq!(anna.get("/sessions/@me").await.status, 200);
}

#[tokio::test]
async fn a_sign_in_whose_write_fails_leaves_no_half_session() {
    let world = World::new().await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    world.wire.fail("TransactWriteItems", Fault::ServerError, 100);
    let answer = world.exchange(json!({"code": code, "redirect_uri": WEB})).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "Unavailable"));
    assert_eq!((world.item(ANNA, "account").await, world.item(ANNA, "discord").await), (None, None));

    world.wire.heal();
    assert!(world.sign_in(ANNA).await.is_signed_in().await, "signing in again works");
}

#[tokio::test]
async fn a_burn_whose_answer_was_lost_is_still_ours() {
    let world = World::new().await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    world.wire.fail("PutItem", Fault::AppliedAndLost, 1);
    let answer = world.exchange(json!({"code": code, "redirect_uri": WEB})).await;
    assert_eq!(answer.status, 200, "no false `used before`: {}", answer.text());
}

#[tokio::test]
async fn a_sign_in_whose_answer_was_lost_is_done_once() {
    let world = World::new().await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    world.wire.fail("TransactWriteItems", Fault::AppliedAndLost, 1);
    let anna = world.person(&world.exchange(json!({"code": code, "redirect_uri": WEB})).await);
    assert_eq!(anna.session_ids().await, [anna.session_id.as_str()]);
}

#[tokio::test]
async fn signing_out_whose_answer_was_lost_signs_out() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    anna.get("/sessions/@me").await;
    world.wire.fail("UpdateItem", Fault::AppliedAndLost, 1);
    assert_eq!(anna.delete("/sessions").await.status, 204);
    assert!(!anna.is_signed_in().await);
}

#[tokio::test]
async fn the_log_says_why_and_the_answer_does_not() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.wire.fail("BatchGetItem", Fault::Denied, 100);
    let answer = anna.get("/sessions/@me").await;
    assert!(!answer.body.contains("Denied") && !answer.body.contains("Dynamo"), "{}", answer.body);
    let id = answer.json()["request_id"].as_str().unwrap().to_owned();
    let lines = logged_lines(&id);
    let (causes, summary): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.contains("AccessDeniedException"));
    assert_eq!((causes.len(), summary.len()), (1, 1), "{lines:#?}");
    assert!(summary[0].contains(r#""error_code":"Unavailable""#), "{}", summary[0]);
}

#[tokio::test]
async fn a_count_whose_answer_was_lost_refuses_nobody_for_having_been_counted() {
    let world = World::with(&[("RATE_LIMITS", "session-create=1/3600")]).await;
    let anna = world.sign_in(ANNA).await;
    anna.get("/sessions/@me").await;
    world.wire.fail("UpdateItem", Fault::AppliedAndLost, 1);
    let create = async || anna.post("/sessions", json!({"name": "n", "type": "api", "expiry": 60})).await;
    assert_eq!(create().await.status, 200, "the only one that fits");
    assert_eq!(create().await.status, 429);
}

#[tokio::test]
async fn a_deletion_that_is_done_in_part_leaves_nothing_behind() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let apps = [anna.register("An app").await, anna.register("Another").await];
    for app in &apps {
        assert_eq!(ben.authorize_for_me(app, &["READ_PROFILE"]).await.status, 201);
    }
    world.wire.fail("BatchWriteItem", Fault::Partial, 1);
    world.wire.fail("BatchWriteItem", Fault::ServerError, 100);
    assert_eq!(ben.delete("/users/@me").await.code(), "Unavailable");
    world.wire.heal();
    assert_eq!(ben.delete("/users/@me").await.status, 204);
    world.sign_in(BEN).await;
    for app in &apps {
        assert!(app.may_for(BEN).await.is_empty(), "what was authorized went with who authorized it");
    }
}

#[tokio::test]
async fn a_note_of_use_that_is_never_answered_changes_no_answer() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.wire.fail("UpdateItem", Fault::Stalled, 100);
    assert_eq!(anna.get("/sessions/@me").await.status, 200);
}
