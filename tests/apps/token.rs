//! `GET /apps/{app_id}/token`, `POST /apps/{app_id}/token`

use expect_test::expect;
use shared::domain::{Sealed, SealingKey, SealingKeys, Token, open_app_token, seal_app_token};

use super::*;

const OLD: &str = "an older sealing key: 0123456789 0123456789 0123456789";

fn keys(text: &str) -> SealingKeys {
    SealingKeys::new(SealingKey::from_text(text).unwrap(), vec![])
}

/// Lets an app's token be sealed with a key.
async fn seal(app: &TestApp<'_>, key: &str) {
    let sealed = seal_app_token(&Token::new(app.token.clone()), app.id.parse().unwrap(), &keys(key), [9; 12]).unwrap();
    set(app, "sealed_token", AttributeValue::B(sealed.as_bytes().to_vec().into())).await;
}

#[tokio::test]
async fn a_token_is_shown_to_its_owner_again_and_every_time_is_logged() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let (app, other) = (ben.register("An app").await, ben.register("Another").await);
    for times in 1..=3 {
        let answer = ben.get(&format!("{}/token", path(&app))).await;
        assert_eq!(shown(&answer, &app), r#"200 {"token":"<token>"}"#);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let lines = logged_lines("app token revealed");
        let lines: Vec<_> = lines.iter().filter(|line| line.contains(&format!(r#""app_id":"{}""#, app.id))).collect();
        assert_eq!(lines.len(), times);
        assert!(lines.iter().all(|line| line.contains(&format!(r#""user_id":"{BEN}""#))), "{lines:?}");
    }
    assert!(app.is_live().await, "and works as before");
    assert_eq!(ben.get(&format!("{}/token", path(&other))).await.json()["token"], other.token);
}

#[tokio::test]
async fn it_is_shown_to_nobody_else() {
    let world = World::new().await;
    let (anna, ben, dave) = (world.sign_in(ANNA).await, world.sign_in(BEN).await, world.sign_in(DAVE).await);
    let app = ben.register("An app").await;
    let (phone, token) = (world.sign_in_to_app(BEN).await, ben.api_token(60).await);
    let (others_phone, others_token) = (world.sign_in_to_app(DAVE).await, dave.api_token(60).await);
    for (session, status, code) in [
        (&dave, 404, "NotFound"),
        (&anna, 404, "NotFound"),
        (&phone, 403, "Restricted"),
        (&token, 403, "Restricted"),
        (&others_phone, 403, "Restricted"),
        (&others_token, 403, "Restricted"),
    ] {
        let answer = knock(&world, REVEAL, &app.id, &session.token).await;
        assert_eq!(said(&answer), refused(status, code));
        assert!(!contains_secret(&answer.body));
    }
    let lines = logged_lines("app token revealed");
    assert!(!lines.iter().any(|line| line.contains(&app.id)), "and nothing is said to have been");
    expect![[
        r#"403 {"code":"Restricted","message":"Requires a browser session. Sign in with a browser to see the token."}"#
    ]]
    .assert_eq(&knock(&world, REVEAL, &app.id, &phone.token).await.text());
}

#[tokio::test]
async fn an_older_sealing_key_opens_and_the_new_one_seals() {
    let ring = sealing_keys(SEALING_KEY, &[OLD]).to_string();
    let world = World::with(&[("SEALING_KEYS_JSON", &ring), ("RATE_LIMITS", "off")]).await;
    world.keep_secret(OLD);
    let ben = world.sign_in(BEN).await;
    let app = ben.register("An app").await;
    seal(&app, OLD).await;
    assert_eq!(knock(&world, REVEAL, &app.id, &ben.token).await.json()["token"], app.token);

    let app = with_token(&app, &knock(&world, REGENERATE, &app.id, &ben.token).await);
    let sealed = Sealed::from_bytes(item_of(&app).await.unwrap()["sealed_token"].as_b().unwrap().as_ref().to_vec());
    let opened = open_app_token(&sealed, app.id.parse().unwrap(), &keys(SEALING_KEY)).unwrap();
    assert_eq!(opened.reveal(), app.token);
}

#[tokio::test]
async fn one_whose_key_is_gone_works_and_cannot_be_shown() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let (app, other) = (ben.register("An app").await, ben.register("Another").await);
    seal(&app, OLD).await;
    let answer = ben.get(&format!("{}/token", path(&app))).await;
    expect![[r#"409 {"code":"Conflict","message":"The token cannot be decrypted any more. Regenerate it."}"#]]
        .assert_eq(&answer.text());
    assert!(app.is_live().await);
    let app = with_token(&app, &knock(&world, REGENERATE, &app.id, &ben.token).await);
    assert_eq!(knock(&world, REVEAL, &app.id, &ben.token).await.json()["token"], app.token);

    // What is sealed for one app opens for no other.
    let others = item_of(&other).await.unwrap()["sealed_token"].clone();
    set(&app, "sealed_token", others).await;
    assert_eq!(said(&knock(&world, REVEAL, &app.id, &ben.token).await), refused(409, "Conflict"));
}

#[tokio::test]
async fn regenerating_ends_the_old_token_and_keeps_the_rest() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let first = ben.register("An app").await;
    assert_eq!(ben.authorize(&first, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    let before = ben.get(&path(&first)).await.text();
    let mut current = TestApp { world: &world, id: first.id.clone(), token: first.token.clone() };
    for _ in 0..3 {
        let answer = ben.post_raw(&format!("{}/token", path(&first)), None, "").await;
        world.note_token(&answer);
        let next = with_token(&current, &answer);
        assert_eq!(shown(&answer, &next), r#"200 {"token":"<token>"}"#);
        assert!(next.token.starts_with("gpx_") && next.token != current.token);
        assert_eq!(said(&current.get("/app").await), refused(401, "InvalidToken"), "by the next request");
        assert_eq!(next.may(LIGHTHOUSE).await, ["VIEW_CASES"]);
        assert_eq!(knock(&world, REVEAL, &first.id, &ben.token).await.json()["token"], next.token);
        current = next;
    }
    assert!(!first.is_live().await);
    assert_eq!(ben.get(&path(&first)).await.text(), before);
}

#[tokio::test]
async fn of_two_at_once_one_wins() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let app = ben.register("An app").await;
    let hold = world.wire.hold("TransactWriteItems");
    let regenerate = || knock(&world, REGENERATE, &app.id, &ben.token);
    let (one, other, ()) = tokio::join!(regenerate(), regenerate(), async {
        hold.arrived().await;
        hold.arrived().await;
        drop(hold);
    });
    let (winner, loser) = if one.status == 200 { (one, other) } else { (other, one) };
    expect![[r#"409 {"code":"Conflict","message":"Another request regenerated the token at the same time."}"#]]
        .assert_eq(&loser.text());
    let winner = with_token(&app, &winner);
    assert!(winner.is_live().await && !app.is_live().await);
    assert_eq!(knock(&world, REVEAL, &app.id, &ben.token).await.json()["token"], winner.token);
}

#[tokio::test]
async fn a_lost_answer_is_no_lost_token() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let app = ben.register("An app").await;
    world.wire.fail("TransactWriteItems", Fault::AppliedAndLost, 1);
    let next = with_token(&app, &knock(&world, REGENERATE, &app.id, &ben.token).await);
    assert!(next.is_live().await && !app.is_live().await);
}

#[tokio::test]
async fn a_token_that_could_not_be_exchanged_stays() {
    let world = World::new().await;
    let (ben, dave) = (world.sign_in(BEN).await, world.sign_in(DAVE).await);
    let app = ben.register("An app").await;
    assert_eq!(knock(&world, REGENERATE, &app.id, &dave.token).await.status, 404);
    world.wire.fail("TransactWriteItems", Fault::Denied, 1);
    assert_eq!(knock(&world, REGENERATE, &app.id, &ben.token).await.status, 503);
    assert!(app.is_live().await);
    assert_eq!(knock(&world, REVEAL, &app.id, &ben.token).await.json()["token"], app.token);
}
