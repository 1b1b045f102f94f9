//! `POST /oauth2/token/revoke`

use local::stand_in::world::{ANNA, BEN};
use serde_json::json;

use super::discord::{CLIENT_ID, Discord, unauthorized};

const REVOKE: &str = "/api/oauth2/token/revoke";

#[tokio::test]
async fn any_token_kills_all_tokens_of_its_user_and_no_others() {
    for (by_refresh_token, hint) in [(false, "refresh_token"), (true, "access_token"), (false, "")] {
        let discord = Discord::new().await;
        let (older, newer) = (discord.sign_in(ANNA, "identify").await, discord.sign_in(ANNA, "identify").await);
        let bens = discord.sign_in(BEN, "identify").await;
        let pending = discord.code(ANNA, &[]).await;

        let token = if by_refresh_token { &older.1 } else { &older.0 };
        discord.post(REVOKE, &[("token", token), ("token_type_hint", hint)]).await.is(200, json!({}));

        for (access, refresh) in [&older, &newer] {
            discord.get("/api/users/@me", access).await.is(401, unauthorized());
            assert_eq!(discord.refresh(refresh).await.json()["error"], "invalid_grant");
        }
        assert_eq!(discord.exchange(&pending).await.json()["error"], "invalid_grant");
        assert_eq!(discord.get("/api/users/@me", &bens.0).await.status, 200);
    }
}

#[tokio::test]
async fn an_unknown_token_is_no_error() {
    let discord = Discord::new().await;
    let (access, _) = discord.sign_in(ANNA, "identify").await;

    discord.post(REVOKE, &[("token", "unknown")]).await.is(200, json!({}));

    assert_eq!(discord.get("/api/users/@me", &access).await.status, 200);
}

#[tokio::test]
async fn a_bad_request_revokes_nothing() {
    let discord = Discord::new().await;
    let (access, _) = discord.sign_in(ANNA, "identify").await;

    discord.post(REVOKE, &[]).await.is(400, json!({ "error": "invalid_request" }));
    let hinted = [("token", access.as_str()), ("token_type_hint", "id_token")];
    discord.post(REVOKE, &hinted).await.is(400, json!({ "error": "unsupported_token_type" }));
    let stranger = [("token", access.as_str()), ("client_id", CLIENT_ID), ("client_secret", "wrong")];
    let answer = discord.send(discord.request("POST", REVOKE).form(&stranger)).await;
    answer.is(401, json!({ "error": "invalid_client" }));

    assert_eq!(discord.get("/api/users/@me", &access).await.status, 200);
}
