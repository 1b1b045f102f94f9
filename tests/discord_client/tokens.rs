//! `Client::exchange`, `Client::refresh` and `Client::revoke`, without guildpass around them.

use local::stand_in::world::ANNA;
use shared::discord::Refusal;
use shared::domain::{AccessToken, AuthorizationCode, RefreshToken};

use super::discord::{Discord, REDIRECT, refusal};

#[tokio::test]
async fn a_code_gives_tokens_once() {
    let discord = Discord::new().await;
    let code = discord.code(ANNA, "identify guilds").await;

    let grant = discord.client.exchange(&code, REDIRECT, None).await.unwrap();
    assert_eq!(grant.scopes, "guilds identify".parse().unwrap());
    assert_eq!(grant.expires_in.as_secs(), 604_800);

    let again = discord.client.exchange(&code, REDIRECT, None).await.unwrap_err();
    assert_eq!(refusal(&again), Some((400, Refusal::Grant)));
}

#[tokio::test]
async fn a_refresh_token_gives_new_tokens_once() {
    let discord = Discord::new().await;
    let first = discord.sign_in(ANNA, "identify").await;

    let second = discord.client.refresh(&first.tokens.refresh).await.unwrap();
    assert!(discord.client.identify(&second.tokens.access).await.is_ok());

    let again = discord.client.refresh(&first.tokens.refresh).await.unwrap_err();
    assert_eq!(refusal(&again), Some((400, Refusal::Grant)));
}

#[tokio::test]
async fn revoking_kills_everything_of_the_user() {
    let discord = Discord::new().await;
    let (first, second) = (discord.sign_in(ANNA, "identify").await, discord.sign_in(ANNA, "identify").await);

    discord.client.revoke(&first.tokens.refresh).await.unwrap();

    let error = discord.client.identify(&second.tokens.access).await.unwrap_err();
    assert_eq!(refusal(&error), Some((401, Refusal::AccessToken)));
    let error = discord.client.refresh(&second.tokens.refresh).await.unwrap_err();
    assert_eq!(refusal(&error), Some((400, Refusal::Grant)));
}

#[tokio::test]
async fn what_was_never_given_out_is_refused() {
    let discord = Discord::new().await;
    let code: AuthorizationCode = "never".parse().unwrap();
    let error = discord.client.exchange(&code, REDIRECT, None).await.unwrap_err();
    assert_eq!(refusal(&error), Some((400, Refusal::Grant)));
    let error = discord.client.refresh(&RefreshToken::new("never".into())).await.unwrap_err();
    assert_eq!(refusal(&error), Some((400, Refusal::Grant)));
    let error = discord.client.identify(&AccessToken::new("never".into())).await.unwrap_err();
    assert_eq!(refusal(&error), Some((401, Refusal::AccessToken)));
}
