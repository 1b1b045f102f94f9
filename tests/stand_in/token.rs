//! `POST /oauth2/token`

use local::stand_in::world::{ANNA, BEN};
use serde_json::json;

use super::discord::{
    APP_REDIRECT, BOT_TOKEN, CHALLENGE, CLIENT_ID, CLIENT_SECRET, Discord, REDIRECT, VERIFIER, challenge_of,
    oauth_error, pair, scopes, unauthorized,
};

const INVALID_CODE: &str = "Invalid \"code\" in request.";
const INVALID_REFRESH_TOKEN: &str = "Invalid \"refresh_token\" in request";
const PKCE: [(&str, &str); 2] = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];

#[tokio::test]
async fn a_code_is_exchanged_for_tokens() {
    let discord = Discord::new().await;
    let code = discord.code(ANNA, &[]).await;

    let answer = discord.exchange(&code).await;

    let body = answer.json();
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(604_800)));
    assert_eq!(scopes(&answer), ["guilds", "identify"]);
    assert_eq!(discord.get("/api/users/@me", &pair(&answer).0).await.json()["id"], ANNA.to_string());
}

#[tokio::test]
async fn a_code_works_once() {
    let discord = Discord::new().await;
    let code = discord.code(ANNA, &[]).await;

    assert_eq!(discord.exchange(&code).await.status, 200);
    discord.exchange(&code).await.is(400, oauth_error("invalid_grant", INVALID_CODE));
    discord.exchange("unknown").await.is(400, oauth_error("invalid_grant", INVALID_CODE));
}

#[tokio::test]
async fn a_code_lives_for_less_than_100_seconds() {
    let discord = Discord::new().await;
    let (first, second) = (discord.code(ANNA, &[]).await, discord.code(ANNA, &[]).await);

    discord.wait(99);
    assert_eq!(discord.exchange(&first).await.status, 200);
    discord.wait(1);
    discord.exchange(&second).await.is(400, oauth_error("invalid_grant", INVALID_CODE));
}

#[tokio::test]
async fn a_code_is_bound_to_its_redirect_uri() {
    let discord = Discord::new().await;
    let code = discord.code(ANNA, &[]).await;
    let refused = oauth_error("invalid_request", "Invalid \"redirect_uri\" in request.");

    let form = [("grant_type", "authorization_code"), ("code", &code)];
    discord.token(&[form[0], form[1], ("redirect_uri", APP_REDIRECT)]).await.is(400, refused.clone());
    discord.token(&form).await.is(400, refused);
    assert_eq!(discord.exchange(&code).await.status, 200, "a refused exchange spends nothing");
}

#[tokio::test]
async fn the_verifier_must_hash_to_the_challenge() {
    let discord = Discord::new().await;
    assert_eq!(challenge_of(VERIFIER), CHALLENGE);
    let code = discord.code(ANNA, &PKCE).await;
    let exchange = async |verifier: &str| {
        let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT)];
        discord.token(&[form[0], form[1], form[2], ("code_verifier", verifier)]).await
    };
    let (short, long, other) = (&VERIFIER[..42], "a".repeat(129), "b".repeat(43));

    exchange("").await.is(400, oauth_error("invalid_request", "Missing \"code_verifier\""));
    for malformed in [short, &long, &format!("{VERIFIER}="), &format!("{short} ")] {
        exchange(malformed).await.is(400, oauth_error("invalid_request", "Invalid \"code_verifier\""));
    }
    exchange(&other).await.is(400, oauth_error("invalid_grant", "Invalid \"code_verifier\""));
    assert_eq!(exchange(VERIFIER).await.status, 200);
}

#[tokio::test]
async fn a_missing_code_is_named() {
    let discord = Discord::new().await;

    let answer = discord.token(&[("grant_type", "authorization_code"), ("redirect_uri", REDIRECT)]).await;

    answer.is(400, oauth_error("invalid_request", "Missing \"code\" in request."));
}

#[tokio::test]
async fn the_client_may_authenticate_by_header() {
    let discord = Discord::new().await;
    let code = discord.code(ANNA, &[]).await;
    let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT)];
    let post = || discord.request("POST", "/api/v10/oauth2/token").form(&form);

    let wrong = discord.send(post().basic_auth(CLIENT_ID, Some("wrong"))).await;
    let right = discord.send(post().basic_auth(CLIENT_ID, Some(CLIENT_SECRET))).await;

    wrong.is(401, json!({ "error": "invalid_client" }));
    assert_eq!(right.status, 200);
}

#[tokio::test]
async fn a_wrong_client_is_refused_for_every_grant() {
    let discord = Discord::new().await;
    let (_, refresh_token) = discord.sign_in(ANNA, "identify").await;
    let code = discord.code(ANNA, &[]).await;
    let grants: [&[(&str, &str)]; 3] = [
        &[("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT)],
        &[("grant_type", "refresh_token"), ("refresh_token", &refresh_token)],
        &[("grant_type", "client_credentials"), ("scope", "identify")],
    ];

    for grant in grants {
        for (id, secret) in [(CLIENT_ID, "wrong"), ("1", CLIENT_SECRET), ("", "")] {
            let mut form = vec![("client_id", id), ("client_secret", secret)];
            form.extend(grant);
            let answer = discord.send(discord.request("POST", "/api/oauth2/token").form(&form)).await;
            answer.is(401, json!({ "error": "invalid_client" }));
        }
    }
    assert_eq!(discord.exchange(&code).await.status, 200);
}

#[tokio::test]
async fn without_secret_and_verifier_the_verifier_is_missed() {
    let discord = Discord::new().await;
    let code = discord.code(ANNA, &[]).await;
    let form = [("client_id", CLIENT_ID), ("grant_type", "authorization_code"), ("code", &code)];

    let answer = discord.send(discord.request("POST", "/api/oauth2/token").form(&form)).await;

    answer.is(400, oauth_error("invalid_request", "Missing \"code_verifier\""));
}

#[tokio::test]
async fn what_is_not_a_form_has_no_grant_type() {
    let discord = Discord::new().await;
    let none = oauth_error("unsupported_grant_type", "Grant type None is not supported");
    let post = || discord.request("POST", "/api/oauth2/token");

    discord.send(post().json(&json!({ "grant_type": "refresh_token" }))).await.is(400, none.clone());
    discord.send(discord.request("POST", "/api/oauth2/token?grant_type=refresh_token")).await.is(400, none.clone());
    discord.token(&[]).await.is(400, none);
    let other = oauth_error("unsupported_grant_type", "Grant type password is not supported");
    discord.token(&[("grant_type", "password")]).await.is(400, other);
    assert_eq!(discord.send(discord.request("GET", "/api/oauth2/token")).await.status, 405);
}

#[tokio::test]
async fn a_refresh_token_rotates_and_the_old_one_is_dead() {
    let discord = Discord::new().await;
    let (access, first) = discord.sign_in(ANNA, "identify").await;

    let (newer_access, second) = pair(&discord.refresh(&first).await);

    discord.refresh(&first).await.is(400, oauth_error("invalid_grant", INVALID_REFRESH_TOKEN));
    assert_eq!(discord.refresh(&second).await.status, 200);
    assert_ne!(access, newer_access);
    assert_eq!(discord.get("/api/users/@me", &newer_access).await.status, 200);
    discord.refresh("unknown").await.is(400, oauth_error("invalid_grant", INVALID_REFRESH_TOKEN));
    discord.refresh("").await.is(400, oauth_error("invalid_grant", INVALID_REFRESH_TOKEN));
}

#[tokio::test]
async fn an_access_token_lives_for_less_than_seven_days_and_its_refresh_token_longer() {
    let discord = Discord::new().await;
    let (access, refresh) = discord.sign_in(ANNA, "identify").await;

    discord.wait(604_799);
    assert_eq!(discord.get("/api/users/@me", &access).await.status, 200);
    discord.wait(1);
    discord.get("/api/users/@me", &access).await.is(401, unauthorized());
    assert_eq!(discord.refresh(&refresh).await.status, 200);
}

#[tokio::test]
async fn a_refresh_may_narrow_the_scopes_and_without_scope_brings_all_back() {
    let discord = Discord::new().await;
    let (_, refresh) = discord.sign_in(BEN, "identify guilds").await;
    let narrow = |token: String, scope: &'static str| {
        let discord = &discord;
        async move { discord.token(&[("grant_type", "refresh_token"), ("refresh_token", &token), ("scope", scope)]).await }
    };
    let bad_scope = "The requested scope is invalid, unknown, or malformed.";

    narrow(refresh.clone(), "identify email").await.is(400, oauth_error("invalid_scope", bad_scope));
    let narrowed = narrow(refresh, "identify").await;
    assert_eq!(scopes(&narrowed), ["identify"]);
    let (access, refresh) = pair(&narrowed);
    discord.get("/api/users/@me/guilds", &access).await.is(401, unauthorized());
    assert_eq!(scopes(&discord.refresh(&refresh).await), ["guilds", "identify"]);
}

#[tokio::test]
async fn client_credentials_give_a_token_for_the_owner() {
    let discord = Discord::new().await;
    let grant = ("grant_type", "client_credentials");

    let answer = discord.token(&[grant, ("scope", "identify")]).await;

    let body = answer.json();
    assert!(body.get("refresh_token").is_none());
    let access = body["access_token"].as_str().unwrap();
    assert_eq!(discord.get("/api/users/@me", access).await.json()["id"], ANNA.to_string());
    let bad_scope = oauth_error("invalid_scope", "The requested scope is invalid, unknown, or malformed.");
    discord.token(&[grant, ("scope", "everything")]).await.is(400, bad_scope.clone());
    discord.token(&[grant]).await.is(400, bad_scope);
}

#[tokio::test]
async fn the_bots_token_is_no_access_token() {
    let discord = Discord::new().await;

    discord.get("/api/users/@me", BOT_TOKEN).await.is(401, unauthorized());
}
