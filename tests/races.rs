//! What happens at the same moment.

use chrono::TimeDelta;
use serde_json::json;

use crate::world::*;

#[tokio::test]
async fn of_two_deletes_at_once_one_finds_the_session() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let token = anna.api_token(60).await;
    let path = format!("/sessions/{}", token.session_id);
    let (one, other) = tokio::join!(anna.delete(&path), anna.delete(&path));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 404]);
}

#[tokio::test]
async fn noting_a_use_never_brings_a_deleted_session_back() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let token = anna.api_token(3600).await;
    anna.get("/sessions/@me").await;

    let hold = world.wire.hold("UpdateItem");
    let (used, ()) = tokio::join!(token.get("/sessions/@me"), async {
        hold.arrived().await;
        assert_eq!(anna.delete(&format!("/sessions/{}", token.session_id)).await.status, 204);
        drop(hold);
    });
    assert_eq!(used.status, 200, "it was checked before it was deleted");
    assert!(world.item(ANNA, &format!("session#{}", token.session_id)).await.is_none());
    assert!(!token.is_signed_in().await);
}

#[tokio::test]
async fn a_delete_races_uses_and_every_use_after_it_is_refused() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    for _ in 0..10 {
        let token = anna.api_token(3600).await;
        let delete = async {
            let answer = anna.delete(&format!("/sessions/{}", token.session_id)).await;
            assert_eq!(answer.status, 204);
            token.get("/sessions/@me").await.status
        };
        let uses = async {
            for _ in 0..5 {
                token.get("/sessions/@me").await;
            }
        };
        let (after, (), ()) = tokio::join!(delete, uses, async { drop(token.get("/sessions").await) });
        assert_eq!(after, 401);
        assert!(!token.is_signed_in().await);
    }
}

#[tokio::test]
async fn a_session_that_ends_while_it_creates_another_creates_nothing() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let parent = anna.api_token(3600).await;

    let hold = world.wire.hold("TransactWriteItems");
    let (created, ()) =
        tokio::join!(parent.post("/sessions", json!({"name": "n", "type": "api", "expiry": 60})), async {
            hold.arrived().await;
            anna.delete(&format!("/sessions/{}", parent.session_id)).await;
            drop(hold);
        });
    assert_eq!((created.status, created.code().as_str()), (401, "InvalidToken"));
    assert_eq!(anna.session_ids().await, [anna.session_id.as_str()]);
}

#[tokio::test]
async fn signing_out_everywhere_while_a_token_is_created_leaves_none() {
    let world = World::new().await;
    let (anna, other) = (world.sign_in(ANNA).await, world.sign_in(ANNA).await);
    other.get("/sessions/@me").await;

    let hold = world.wire.hold("TransactWriteItems");
    let (created, ()) =
        tokio::join!(anna.post("/sessions", json!({"name": "n", "type": "api", "expiry": 60})), async {
            hold.arrived().await;
            assert_eq!(other.delete("/sessions").await.status, 204);
            drop(hold);
        });
    assert_eq!((created.status, created.code().as_str()), (401, "InvalidToken"));
    let again = world.sign_in(ANNA).await;
    assert_eq!(again.session_ids().await, [again.session_id.as_str()]);
}

#[tokio::test]
async fn a_ban_while_a_token_is_created_leaves_none() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let hold = world.wire.hold("TransactWriteItems");
    let (created, ()) =
        tokio::join!(anna.post("/sessions", json!({"name": "n", "type": "api", "expiry": 60})), async {
            hold.arrived().await;
            world.ban(ANNA).await;
            drop(hold);
        });
    assert_eq!((created.status, created.code().as_str()), (403, "ApiBanned"));
    assert_eq!(anna.session_ids().await.len(), 1);
}

#[tokio::test]
async fn a_sign_in_that_meets_a_sign_out_everywhere_gives_a_session_that_lives() {
    let world = World::new().await;
    let before = world.sign_in(ANNA).await;
    before.get("/sessions/@me").await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;

    let hold = world.wire.hold("TransactWriteItems");
    let (signed_in, ()) = tokio::join!(world.exchange(json!({"code": code, "redirect_uri": WEB})), async {
        hold.arrived().await;
        assert_eq!(before.delete("/sessions").await.status, 204);
        drop(hold);
    });
    // It was answered after the sign-out, so it came to be after it.
    let after = world.person(&signed_in);
    assert!(after.is_signed_in().await && !before.is_signed_in().await);
    assert_eq!(after.session_ids().await, [after.session_id.as_str()]);
}

#[tokio::test]
async fn a_hundred_creates_near_the_cap_overshoot_by_no_more_than_are_in_flight() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    for _ in 0..95 {
        anna.api_token(600).await;
    }
    world.pass(TimeDelta::seconds(1));
    let body = json!({"name": "n", "type": "api", "expiry": 600}).to_string();
    let mut tasks = Vec::new();
    for _ in 0..100 {
        let request =
            world.http.post(world.url("/sessions")).bearer_auth(&anna.token).header("content-type", "application/json");
        tasks.push(tokio::spawn(Answer::of(request.body(body.clone()))));
    }
    let (mut created, mut refused) = (0, 0);
    for task in tasks {
        let answer = task.await.unwrap();
        match answer.status {
            200 => created += 1,
            409 => refused += 1,
            // Contention is a fault, and says so.
            503 => {}
            status => panic!("{status}: {}", answer.text()),
        }
        world.note_token(&answer);
    }
    assert!(created >= 5, "{created} created, {refused} refused");
    assert_eq!(anna.session_ids().await.len(), 96 + created, "what was answered is what there is");
    assert_eq!(anna.post("/sessions", json!({"name": "n", "type": "api", "expiry": 600})).await.status, 409);
}
