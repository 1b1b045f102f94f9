//! `DELETE /sessions/{session_id}`

use chrono::TimeDelta;
use expect_test::expect;

use crate::world::*;

#[tokio::test]
async fn ends_a_session_at_once() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let token = anna.api_token(3600).await;
    let answer = anna.delete(&format!("/sessions/{}", token.session_id)).await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert!(!token.is_signed_in().await);
    assert!(anna.is_signed_in().await);
    assert!(world.item(ANNA, &format!("session#{}", token.session_id)).await.is_none());
}

#[tokio::test]
async fn me_is_the_current_one() {
    let world = World::new().await;
    let (first, second) = (world.sign_in(ANNA).await, world.sign_in(ANNA).await);
    assert_eq!(first.delete("/sessions/@me").await.status, 204);
    assert!(!first.is_signed_in().await && second.is_signed_in().await);
    assert_eq!(second.delete("/sessions/%40me").await.status, 204, "some clients encode it");
    assert!(!second.is_signed_in().await);
}

#[tokio::test]
async fn someone_elses_session_stays() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let path = format!("/sessions/{}", ben.session_id);
    assert_eq!(anna.get("/sessions/@me").await.status, 200);
    let answer = world.leaves_nothing(anna.delete(&path)).await;
    expect![[r#"404 {"code":"NotFound","message":"Not found."}"#]].assert_eq(&answer.text());
    assert!(ben.is_signed_in().await);
}

#[tokio::test]
async fn a_second_delete_finds_nothing() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let token = anna.api_token(60).await;
    let path = format!("/sessions/{}", token.session_id);
    assert_eq!(anna.delete(&path).await.status, 204);
    assert_eq!(anna.delete(&path).await.status, 404);
}

#[tokio::test]
async fn an_expired_session_is_not_there_to_delete() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let token = anna.api_token(60).await;
    world.pass(TimeDelta::seconds(60));
    assert_eq!(anna.delete(&format!("/sessions/{}", token.session_id)).await.status, 404);
}

#[tokio::test]
async fn a_session_id_is_read_in_any_case_with_or_without_dashes() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let spellings: [fn(&str) -> String; 3] =
        [|id| id.to_uppercase(), |id| id.replace('-', ""), |id| id.replace('-', "").to_uppercase()];
    for spelled in spellings {
        let token = anna.api_token(60).await;
        assert_eq!(anna.delete(&format!("/sessions/{}", spelled(&token.session_id))).await.status, 204);
        assert!(!token.is_signed_in().await);
    }
}

#[tokio::test]
async fn what_is_no_session_id_is_refused() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let id = &anna.session_id;
    for (text, status) in [
        ("1".to_owned(), 400),
        (format!("%7B{id}%7D"), 400),
        (id.replacen('-', "", 1), 400),
        (format!("urn:uuid:{id}"), 400),
        (format!("{id}%00"), 400),
        (format!("session%23{id}"), 400),
        ("@you".to_owned(), 400),
        ("account".to_owned(), 400),
        ("%20".to_owned(), 400),
        ("..%2F@me".to_owned(), 400),
        ("00000000-0000-0000-0000-000000000000".to_owned(), 404),
    ] {
        let answer = anna.delete(&format!("/sessions/{text}")).await;
        assert_eq!(answer.status, status, "{text}: {}", answer.text());
    }
    assert!(anna.is_signed_in().await);
}

#[tokio::test]
async fn a_banned_user_may_end_their_sessions() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let token = anna.api_token(60).await;
    world.ban(ANNA).await;
    assert_eq!(anna.get("/sessions").await.status, 200);
    assert_eq!(anna.delete(&format!("/sessions/{}", token.session_id)).await.status, 204);
    world.unban(ANNA).await;
    assert!(!token.is_signed_in().await && anna.is_signed_in().await, "as they were before, and not revived");
}
