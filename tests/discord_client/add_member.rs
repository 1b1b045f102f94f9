//! `Client::add_member`

use local::stand_in::world::{ANNA, BEN, EMIL, FAY, GWEN, HARBOUR, LIGHTHOUSE, QUIET_COVE};
use local::stand_in::{Fault, Route, Switch};
use serde_json::json;
use shared::discord::{Error, Joined, Member, Refusal};
use shared::domain::{AccessToken, BotToken, GuildId, RoleId, UserId};

use super::discord::{Discord, always, bot, is_garbled, refusal};

async fn add(discord: &Discord, guild: u64, user: u64, token: &AccessToken) -> Result<Joined, Error> {
    discord.client.add_member(&bot(), GuildId::new(guild), UserId::new(user), token, &Member::default()).await
}

#[tokio::test]
async fn a_user_is_added_once_and_then_is_there() {
    let discord = Discord::new().await;
    let fay = discord.sign_in(FAY, "guilds.join guilds").await.tokens.access;

    assert_eq!(add(&discord, LIGHTHOUSE, FAY, &fay).await.unwrap(), Joined::Now);
    assert_eq!(add(&discord, LIGHTHOUSE, FAY, &fay).await.unwrap(), Joined::Already);

    let guilds = discord.client.guilds(&fay).await.unwrap();
    assert_eq!((guilds.len(), guilds[0].id), (1, GuildId::new(LIGHTHOUSE)));
}

#[tokio::test]
async fn the_name_in_the_guild_arrives() {
    let discord = Discord::new().await;
    let fay = discord.sign_in(FAY, "guilds.join").await.tokens.access;
    let named = |nick: String| Member { nick: Some(nick), roles: vec![RoleId::new(1)], mute: true, deaf: true };
    let (guild, user) = (GuildId::new(LIGHTHOUSE), UserId::new(FAY));

    let long = discord.client.add_member(&bot(), guild, user, &fay, &named("x".repeat(33))).await.unwrap_err();
    assert_eq!(refusal(&long), Some((400, Refusal::Code(50_035))), "so it is sent");

    let fits = discord.client.add_member(&bot(), guild, user, &fay, &named("ä".repeat(32))).await;
    assert_eq!(fits.unwrap(), Joined::Now);
}

#[tokio::test]
async fn each_refusal_can_be_told_apart() {
    let discord = Discord::new().await;
    let fay = discord.sign_in(FAY, "guilds.join").await.tokens.access;
    let gwen = discord.sign_in(GWEN, "guilds.join").await.tokens.access;
    let emil = discord.sign_in(EMIL, "guilds.join").await.tokens.access;
    let ben = discord.sign_in(BEN, "identify").await.tokens.access;
    let dead = AccessToken::new("dead".into());

    for (guild, user, token, expected) in [
        (1, FAY, &fay, (404, Refusal::UNKNOWN_GUILD)),
        (HARBOUR, FAY, &fay, (403, Refusal::BOT_NOT_IN_GUILD)),
        (QUIET_COVE, FAY, &fay, (403, Refusal::BOT_MAY_NOT_INVITE)),
        (LIGHTHOUSE, ANNA, &fay, (403, Refusal::INVALID_ACCESS_TOKEN)),
        (LIGHTHOUSE, FAY, &dead, (403, Refusal::INVALID_ACCESS_TOKEN)),
        (LIGHTHOUSE, BEN, &ben, (403, Refusal::MISSING_SCOPE)),
        (LIGHTHOUSE, GWEN, &gwen, (403, Refusal::BANNED)),
        (LIGHTHOUSE, EMIL, &emil, (400, Refusal::GUILD_LIMIT)),
    ] {
        let error = add(&discord, guild, user, token).await.unwrap_err();
        assert_eq!(refusal(&error), Some(expected));
    }
    assert_eq!(discord.calls(Route::Join), 8, "each asked once");
}

#[tokio::test]
async fn a_wrong_bot_token_is_not_the_users_fault() {
    let discord = Discord::new().await;
    let fay = discord.sign_in(FAY, "guilds.join").await.tokens.access;
    for wrong in ["wrong", "", "line\r\nbreak"] {
        let bot = BotToken::new(wrong.into());
        let error = discord
            .client
            .add_member(&bot, GuildId::new(LIGHTHOUSE), UserId::new(FAY), &fay, &Member::default())
            .await
            .unwrap_err();
        assert_eq!(refusal(&error), Some((401, Refusal::BotToken)), "{wrong:?}");
        assert!(!format!("{error:?} {error}").contains("break"));
    }
}

#[tokio::test]
async fn a_lost_answer_may_be_asked_for_again() {
    let discord = Discord::new().await;
    let fay = discord.sign_in(FAY, "guilds.join").await.tokens.access;
    discord.switch(Switch::once(Route::Join, Fault::LostReply));
    let lost = add(&discord, LIGHTHOUSE, FAY, &fay).await;
    assert!(matches!(lost, Err(Error::Unreachable(..))), "{lost:?}");
    assert_eq!(add(&discord, LIGHTHOUSE, FAY, &fay).await.unwrap(), Joined::Already);
}

#[tokio::test]
async fn the_answer_counts_and_not_its_body() {
    let add = async |status, body| {
        let client = always(status, &body).await;
        let token = AccessToken::new("any".into());
        client.add_member(&bot(), GuildId::new(1), UserId::new(1), &token, &Member::default()).await
    };
    assert_eq!(add(201, json!("anything")).await.unwrap(), Joined::Now);
    assert_eq!(add(201, json!({"user": {"id": "1"}})).await.unwrap(), Joined::Now);
    assert!(is_garbled(&add(201, json!({"user": {"id": "2"}})).await), "about somebody else");
    assert!(is_garbled(&add(200, json!({})).await));
    assert!(is_garbled(&add(403, json!({"code": "fifty"})).await));
    assert_eq!(
        refusal(&add(404, json!({"message": "404: Not Found", "code": 0})).await.unwrap_err()),
        Some((404, Refusal::Code(0)))
    );
}
