//! `POST /oauth2`

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use expect_test::expect;
use local::stand_in::{Fault as DiscordFault, RateLimitForm, Route, Switch};
use serde_json::json;
use shared::context::Clock;

use crate::world::*;

fn moment(text: &serde_json::Value) -> DateTime<Utc> {
    text.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_code_gives_a_session() {
    let world = World::new().await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    let given = world.exchange(json!({"code": code, "redirect_uri": WEB})).await.json();

    assert_eq!(given["user_id"], ANNA.to_string());
    assert_eq!(given["user"]["id"], ANNA.to_string());
    assert_eq!(given["user"]["global_name"], "Anna");
    assert!(given["token"].as_str().unwrap().starts_with("gpl_"));
    assert_eq!(moment(&given["expiry"]) - world.clock.now(), TimeDelta::hours(1));
    let keys: Vec<_> = given.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["expiry", "session_id", "token", "user", "user_id"]);
    assert_eq!(world.get_with("/sessions/@me", given["token"].as_str().unwrap()).await.status, 200);
}

#[tokio::test]
async fn an_app_with_its_verifier_gets_fourteen_days() {
    let world = World::new().await;
    let anna = world.sign_in_to_app(ANNA).await;
    assert!(anna.token.starts_with("gpm_"));
    assert_eq!(anna.expiry.parse::<DateTime<Utc>>().unwrap() - world.clock.now(), TimeDelta::days(14));
    assert_eq!(anna.get("/sessions/@me").await.json()["type"], "app_login");
}

#[tokio::test]
async fn a_web_redirect_never_gives_fourteen_days() {
    let world = World::new().await;
    let query = [("redirect_uri", WEB), ("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let code = world.code(ANNA, &query).await;
    let answer = world.exchange(json!({"code": code, "redirect_uri": WEB, "code_verifier": VERIFIER})).await;
    let anna = world.person(&answer);
    assert_eq!(anna.get("/sessions/@me").await.json()["type"], "login");
}

#[tokio::test]
async fn a_user_without_a_global_name_or_avatar_can_sign_in() {
    let world = World::new().await;
    let code = world.code(FAY, &[("redirect_uri", WEB)]).await;
    let answer = world.exchange(json!({"code": code, "redirect_uri": WEB})).await;
    assert_eq!(answer.json()["user"]["global_name"], json!(null));
    assert_eq!(answer.json()["user"]["avatar"], json!(null));
}

#[tokio::test]
async fn a_code_is_redeemed_once() {
    let world = World::new().await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    let body = json!({"code": code, "redirect_uri": WEB});
    assert_eq!(world.exchange(body.clone()).await.status, 200);

    let asked = world.discord().requests(Route::Token);
    let again = world.leaves_nothing(world.exchange(body)).await;
    expect![[r#"400 {"code":"InvalidCode","message":"The code is invalid or was already used. Sign in again."}"#]]
        .assert_eq(&again.text());
    assert_eq!(world.discord().requests(Route::Token), asked, "Discord was asked about a burnt code");
}

#[tokio::test]
async fn fifty_at_once_with_one_code_get_one_session() {
    let world = World::new().await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    let body = json!({"code": code, "redirect_uri": WEB}).to_string();

    let redeem = || {
        let request =
            world.http.post(world.url("/oauth2")).header("content-type", "application/json").body(body.clone());
        tokio::spawn(async move { Answer::of(request).await })
    };
    let mut answers = Vec::new();
    for task in (0..50).map(|_| redeem()).collect::<Vec<_>>() {
        answers.push(task.await.unwrap());
    }

    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1);
    world.note_token(won[0]);
    assert!(
        lost.iter().all(|answer| answer.code() == "InvalidCode"),
        "{:?}",
        lost.iter().map(|answer| answer.text()).collect::<Vec<_>>()
    );
    assert_eq!(world.discord().requests(Route::Token), 1);
    assert_eq!(world.person(won[0]).session_ids().await.len(), 1);
}

#[tokio::test]
async fn a_made_up_code_is_refused_like_a_used_one() {
    let world = World::new().await;
    let answer = world.exchange(json!({"code": "made-up", "redirect_uri": WEB})).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "InvalidCode"));
}

#[tokio::test]
async fn a_code_lives_a_hundred_seconds() {
    let world = World::new().await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    world.pass(TimeDelta::seconds(101));
    assert_eq!(world.exchange(json!({"code": code, "redirect_uri": WEB})).await.code(), "InvalidCode");
}

#[tokio::test]
async fn a_code_without_the_verifier_of_its_challenge_is_refused() {
    let world = World::new().await;
    let query = [("redirect_uri", WEB), ("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let code = world.code(ANNA, &query).await;
    assert_eq!(world.exchange(json!({"code": code, "redirect_uri": WEB})).await.code(), "InvalidCode");

    let code = world.code(ANNA, &query).await;
    let other = VERIFIER.replace('d', "e");
    let answer = world.exchange(json!({"code": code, "redirect_uri": WEB, "code_verifier": other})).await;
    assert_eq!(answer.code(), "InvalidCode");
}

#[tokio::test]
async fn an_app_needs_its_verifier_before_discord_is_asked() {
    let world = World::new().await;
    let answer = world.leaves_nothing(world.exchange(json!({"code": "any", "redirect_uri": APP}))).await;
    expect![[r#"400 {"code":"BadRequest","field":"code_verifier","message":"`code_verifier` is required for an app redirect."}"#]]
        .assert_eq(&answer.text());
    assert_eq!(world.discord().requests(Route::Token), 0);
}

#[tokio::test]
async fn what_is_malformed_is_refused_before_discord_is_asked() {
    let world = World::new().await;
    let body = |code: serde_json::Value, verifier: serde_json::Value| json!({"code": code, "redirect_uri": APP, "code_verifier": verifier});
    let good = json!(VERIFIER);
    for (body, field) in [
        (body(json!("any"), json!("v".repeat(42))), "code_verifier"),
        (body(json!("any"), json!("v".repeat(129))), "code_verifier"),
        (body(json!("any"), json!(format!("{VERIFIER}="))), "code_verifier"),
        (body(json!("any"), json!(format!("{VERIFIER}é"))), "code_verifier"),
        (body(json!("any"), json!(43)), "code_verifier"),
        (body(json!(""), good.clone()), "code"),
        (body(json!("c".repeat(513)), good.clone()), "code"),
        (body(json!("a b"), good.clone()), "code"),
        (body(json!(null), good.clone()), "code"),
        (json!({"redirect_uri": WEB}), "code"),
        (json!({"code": "any"}), "redirect_uri"),
        (json!({"code": "any", "redirect_uri": WEB, "client_id": "1"}), "client_id"),
    ] {
        let answer = world.leaves_nothing(world.exchange(body.clone())).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "BadRequest"), "{body}");
        assert_eq!(answer.json()["field"], field, "{body}");
    }
    assert_eq!(world.discord().requests(Route::Token), 0);
}

#[tokio::test]
async fn another_redirect_than_the_allowed_ones_is_refused_before_the_code_is_burnt() {
    let world = World::new().await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    for uri in ["https://evil.example", "http://localhost:3000/callback/", "http://localhost:3000/Callback", ""] {
        let answer = world.leaves_nothing(world.exchange(json!({"code": code, "redirect_uri": uri}))).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "Restricted"), "{uri}");
    }
    assert_eq!(world.exchange(json!({"code": code, "redirect_uri": WEB})).await.status, 200);
}

#[tokio::test]
async fn a_code_of_another_redirect_is_refused() {
    let world = World::new().await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    let answer = world.exchange(json!({"code": code, "redirect_uri": APP, "code_verifier": VERIFIER})).await;
    assert_eq!(answer.code(), "InvalidCode");
}

#[tokio::test]
async fn fewer_scopes_than_needed_give_no_session_and_more_are_fine() {
    let world = World::new().await;
    let code = world.code_with(ANNA, &[("redirect_uri", WEB)], &[("grant_scopes", "identify")]).await;
    let answer = world.exchange(json!({"code": code, "redirect_uri": WEB})).await;
    expect![[r#"403 {"code":"MissingScope","message":"Missing Discord scopes: guilds identify."}"#]]
        .assert_eq(&answer.text());
    assert_eq!(world.item(ANNA, "account").await, None);

    let code =
        world.code_with(ANNA, &[("redirect_uri", WEB)], &[("grant_scopes", "email identify connections guilds")]).await;
    assert_eq!(world.exchange(json!({"code": code, "redirect_uri": WEB})).await.status, 200);
}

#[tokio::test]
async fn a_banned_user_cannot_sign_in() {
    let world = World::new().await;
    // Banned before they ever came: there is nothing but the state.
    world.ban(ANNA).await;
    let before = world.item(ANNA, "account").await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    let answer = world.exchange(json!({"code": code, "redirect_uri": WEB})).await;
    expect![[r#"403 {"code":"ApiBanned","message":"This user is banned."}"#]].assert_eq(&answer.text());
    assert_eq!(world.item(ANNA, "account").await, before);
    assert_eq!(world.item(ANNA, "discord").await, None);

    world.unban(ANNA).await;
    assert!(world.sign_in(ANNA).await.is_signed_in().await);
}

#[tokio::test]
async fn a_ban_that_lands_between_check_and_write_wins() {
    let world = World::new().await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    let hold = world.wire.hold("TransactWriteItems");
    let (answer, ()) = tokio::join!(world.exchange(json!({"code": code, "redirect_uri": WEB})), async {
        hold.arrived().await;
        world.ban(ANNA).await;
        drop(hold);
    });
    assert_eq!((answer.status, answer.code().as_str()), (403, "ApiBanned"));
    assert_eq!(world.item(ANNA, "discord").await, None);
}

#[tokio::test]
async fn signing_in_again_keeps_the_sessions_of_before() {
    let world = World::new().await;
    let first = world.sign_in(ANNA).await;
    let second = world.sign_in(ANNA).await;
    assert_ne!(first.token, second.token);
    assert!(first.is_signed_in().await && second.is_signed_in().await);
    assert_eq!(second.session_ids().await.len(), 2);
}

#[tokio::test]
async fn discords_tokens_are_sealed_and_open_for_their_owner_alone() {
    use shared::domain::{Sealed, SealingKey, SealingKeys, Tokens, UserId};
    let world = World::new().await;
    let _ = world.sign_in(ANNA).await;
    let grant = world.item(ANNA, "discord").await.unwrap();
    let sealed = Sealed::from_bytes(grant["sealed"].as_b().unwrap().as_ref().to_vec());
    let keys = SealingKeys::new(SealingKey::from_text(SEALING_KEY).unwrap(), vec![]);

    let tokens = Tokens::open(UserId::new(ANNA), &keys, &sealed).unwrap();
    for token in [world.keep_secret(tokens.access.reveal()), world.keep_secret(tokens.refresh.reveal())] {
        assert!(!format!("{grant:?}").contains(&token));
        let bytes = sealed.as_bytes();
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()));
    }
    assert!(Tokens::open(UserId::new(BEN), &keys, &sealed).is_err());
    let me = world
        .http
        .get(world.discord_url("/api/v10/users/@me"))
        .bearer_auth(tokens.access.reveal())
        .send()
        .await
        .unwrap();
    assert_eq!(me.json::<serde_json::Value>().await.unwrap()["id"], ANNA.to_string());
}

#[tokio::test]
async fn a_token_is_stored_as_its_hash() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let session = world.item(ANNA, &format!("session#{}", anna.session_id)).await.unwrap();
    let hash = ring::digest::digest(&ring::digest::SHA256, anna.token.as_bytes());
    assert_eq!(session["token_hash"].as_b().unwrap().as_ref(), hash.as_ref());
    let everything = world.everything().await.join("\n");
    assert!(!everything.contains(&anna.token) && !contains_secret(&everything));
}

#[tokio::test]
async fn a_session_expires_by_dynamodbs_clock_too() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let session = world.item(ANNA, &format!("session#{}", anna.session_id)).await.unwrap();
    let expiry: DateTime<Utc> = anna.expiry.parse().unwrap();
    let ttl = session["expires_at"].as_n().unwrap().parse::<i64>().unwrap() * 1000;
    assert!(
        (0..1000).contains(&(ttl - expiry.timestamp_millis())),
        "the first whole second that is not before the expiry"
    );
}

#[tokio::test]
async fn a_code_whose_redemption_failed_at_discord_is_burnt_all_the_same() {
    let world = World::new().await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    world.discord().faults().set(Switch::once(Route::Token, DiscordFault::Status { code: 503, html: false })).unwrap();
    let failed = world.exchange(json!({"code": code, "redirect_uri": WEB})).await;
    expect![[
        r#"503 {"code":"DiscordUnavailable","message":"Discord cannot be reached at the moment. Sign in again."}"#
    ]]
    .assert_eq(&failed.text());
    assert_eq!(world.exchange(json!({"code": code, "redirect_uri": WEB})).await.code(), "InvalidCode");
    let guards = world.everything().await;
    assert!(!guards.iter().any(|item| item.contains(&code)), "the code itself is not kept");
}

#[tokio::test]
async fn a_release_that_fails_promises_nothing() {
    let world = World::new().await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    world.discord_fails(
        Route::Token,
        DiscordFault::RateLimited { form: RateLimitForm::Json, retry_after: Some(1), global: false },
    );
    world.wire.fail("DeleteItem", Fault::ServerError, 100);
    let answer = world.exchange(json!({"code": code, "redirect_uri": WEB})).await;
    assert_eq!((answer.code().as_str(), answer.header("retry-after")), ("DiscordUnavailable", None));
    world.wire.heal();
    world.discord().faults().clear();
    assert_eq!(world.exchange(json!({"code": code, "redirect_uri": WEB})).await.code(), "InvalidCode");
}

#[tokio::test]
async fn an_account_of_an_unknown_state_lets_nobody_in() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.set(ANNA, "account", "state", Some(AttributeValue::S("suspended".into()))).await;
    assert_eq!(anna.get("/sessions/@me").await.code(), "InternalError");
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    assert_eq!(world.exchange(json!({"code": code, "redirect_uri": WEB})).await.code(), "InternalError");
}
