//! `Client::current_authorization`

use chrono::TimeDelta;
use local::stand_in::world::ANNA;
use serde_json::json;
use shared::discord::Refusal;
use shared::domain::{AccessToken, Scopes};

use super::discord::{Discord, always, is_garbled, now, refusal};

#[tokio::test]
async fn a_token_says_whose_it_is_and_for_how_long() {
    let discord = Discord::new().await;
    let grant = discord.sign_in(ANNA, "guilds guilds.join").await;

    let current = discord.client.current_authorization(&grant.tokens.access).await.unwrap();

    assert_eq!(
        (current.application_id.as_str(), current.application_name.as_str()),
        ("1199999999999999999", "guildpass")
    );
    assert_eq!(current.scopes, "guilds guilds.join".parse().unwrap());
    assert_eq!(current.expires, now() + TimeDelta::days(7));
}

#[tokio::test]
async fn a_revoked_token_is_refused() {
    let discord = Discord::new().await;
    let grant = discord.sign_in(ANNA, "identify").await;
    discord.client.revoke(&grant.tokens.refresh).await.unwrap();
    let error = discord.client.current_authorization(&grant.tokens.access).await.unwrap_err();
    assert_eq!(refusal(&error), Some((401, Refusal::AccessToken)));
}

#[tokio::test]
async fn what_is_new_is_left_out_and_what_is_wrong_is_garbled() {
    let answer = |scopes| {
        json!({
            "application": {"id": "1", "name": "a", "something": "new"}, "scopes": scopes,
            "expires": "2021-01-23T02:33:17.017000+00:00", "user": {"id": "not even looked at"},
        })
    };
    let token = AccessToken::new("any".into());
    let current = always(200, &answer(json!([]))).await.current_authorization(&token).await.unwrap();
    assert_eq!(current.scopes, Scopes::default());
    assert_eq!(current.expires.to_rfc3339(), "2021-01-23T02:33:17.017+00:00");

    let mut undated = answer(json!(["identify"]));
    undated["expires"] = json!(1_611_369_197);
    let mut endless = answer(json!(["identify"]));
    endless["application"]["name"] = json!("x".repeat(129));
    for wrong in [undated, endless, answer(json!("identify")), answer(json!([""])), answer(json!(["a\tb"]))] {
        assert!(is_garbled(&always(200, &wrong).await.current_authorization(&token).await), "{wrong}");
    }
}
