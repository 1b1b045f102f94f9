//! `DELETE /sessions`

use serde_json::json;

use crate::world::*;

#[tokio::test]
async fn signs_out_everywhere_this_session_included() {
    let world = World::new().await;
    let (web, app) = (world.sign_in(ANNA).await, world.sign_in_to_app(ANNA).await);
    let (token, ben) = (web.api_token(3600).await, world.sign_in(BEN).await);

    assert_eq!(app.delete("/sessions").await.status, 204);
    for session in [&web, &app, &token] {
        assert_eq!(session.get("/sessions/@me").await.code(), "InvalidToken");
    }
    assert!(ben.is_signed_in().await);
}

#[tokio::test]
async fn a_session_of_the_very_next_moment_lives() {
    let world = World::new().await;
    let before = world.sign_in(ANNA).await;
    before.delete("/sessions").await;
    // The clock has not moved since.
    let after = world.sign_in(ANNA).await;
    assert!(after.is_signed_in().await && !before.is_signed_in().await);
    assert_eq!(after.session_ids().await, [after.session_id.as_str()]);
}

#[tokio::test]
async fn what_another_clock_made_in_the_future_dies_too() {
    let world = World::new().await;
    let now = shared::context::Clock::now(world.clock.as_ref());
    world.clock.set(now + chrono::TimeDelta::minutes(2));
    let ahead = world.sign_in(ANNA).await;
    world.clock.set(now);
    let anna = world.sign_in(ANNA).await;
    assert_eq!(anna.delete("/sessions").await.status, 204);
    assert!(!ahead.is_signed_in().await);
}

#[tokio::test]
async fn a_banned_user_may() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.ban(ANNA).await;
    assert_eq!(anna.delete("/sessions").await.status, 204);
    assert_eq!(world.item(ANNA, "account").await.unwrap()["state"].as_s().unwrap(), "banned", "and stays banned");
}

#[tokio::test]
async fn an_old_token_cannot_do_it_again() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    anna.delete("/sessions").await;
    let again = world.sign_in(ANNA).await;
    assert_eq!(anna.delete("/sessions").await.code(), "InvalidToken");
    assert_eq!(anna.post("/sessions", json!({"name": "n", "type": "api", "expiry": 60})).await.code(), "InvalidToken");
    assert!(again.is_signed_in().await);
}
