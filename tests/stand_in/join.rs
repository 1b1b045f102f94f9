//! `PUT /guilds/{guild_id}/members/{user_id}`

use local::stand_in::world::{ANNA, BEN, EMIL, FAY, GWEN, HARBOUR, LIGHTHOUSE, QUIET_COVE};
use serde_json::{Value, json};

use super::discord::{Answer, BOT_TOKEN, Discord, unauthorized};

async fn join(discord: &Discord, guild: u64, user: u64, body: &Value) -> Answer {
    let request = discord.request("PUT", &format!("/api/v10/guilds/{guild}/members/{user}"));
    discord.send(request.header("authorization", format!("Bot {BOT_TOKEN}")).json(body)).await
}

#[tokio::test]
async fn a_user_joins_once_and_then_is_there() {
    let discord = Discord::new().await;
    let (access, _) = discord.sign_in(FAY, "guilds.join guilds").await;
    let wish = json!({ "access_token": access, "nick": "Fay of Lighthouse" });

    let joined = join(&discord, LIGHTHOUSE, FAY, &wish).await;
    let again = join(&discord, LIGHTHOUSE, FAY, &wish).await;

    assert_eq!((joined.status, &joined.json()["nick"]), (201, &json!("Fay of Lighthouse")));
    assert_eq!((again.status, again.text.as_str()), (204, ""));
    let guilds = discord.get("/api/users/@me/guilds", &access).await.json();
    assert_eq!(guilds[0]["id"], LIGHTHOUSE.to_string());
}

#[tokio::test]
async fn only_the_bot_may_ask() {
    let discord = Discord::new().await;
    let (access, _) = discord.sign_in(FAY, "guilds.join").await;
    let put = || discord.request("PUT", &format!("/api/guilds/{LIGHTHOUSE}/members/{FAY}"));
    let wish = json!({ "access_token": access });

    discord.send(put().json(&wish)).await.is(401, unauthorized());
    discord.send(put().bearer_auth(&access).json(&wish)).await.is(401, unauthorized());
    discord.send(put().header("authorization", "Bot wrong").json(&wish)).await.is(401, unauthorized());
}

#[tokio::test]
async fn each_refusal_has_discords_code() {
    let discord = Discord::new().await;
    let (fay, _) = discord.sign_in(FAY, "guilds.join").await;
    let (gwen, _) = discord.sign_in(GWEN, "guilds.join").await;
    let (emil, _) = discord.sign_in(EMIL, "guilds.join").await;
    let (ben, _) = discord.sign_in(BEN, "identify").await;
    let cases = [
        (1, FAY, &fay, 404, 10004),
        (HARBOUR, FAY, &fay, 403, 50001),
        (QUIET_COVE, FAY, &fay, 403, 50013),
        (LIGHTHOUSE, ANNA, &fay, 403, 50025),
        (LIGHTHOUSE, FAY, &"dead".to_owned(), 403, 50025),
        (LIGHTHOUSE, BEN, &ben, 403, 50026),
        (LIGHTHOUSE, GWEN, &gwen, 403, 40007),
        (LIGHTHOUSE, EMIL, &emil, 400, 30001),
    ];

    for (guild, user, token, status, code) in cases {
        let answer = join(&discord, guild, user, &json!({ "access_token": token })).await;
        assert_eq!((answer.status, &answer.json()["code"]), (status, &json!(code)));
    }
}

#[tokio::test]
async fn a_bad_body_is_named() {
    let discord = Discord::new().await;
    let (access, _) = discord.sign_in(FAY, "guilds.join").await;
    let field = |answer: &Answer, field: &str| answer.json()["errors"][field]["_errors"][0]["code"].clone();

    let missing = join(&discord, LIGHTHOUSE, FAY, &json!({})).await;
    let number = join(&discord, LIGHTHOUSE, FAY, &json!({ "access_token": 1 })).await;
    let long = join(&discord, LIGHTHOUSE, FAY, &json!({ "access_token": access, "nick": "x".repeat(33) })).await;

    assert_eq!((missing.status, field(&missing, "access_token")), (400, json!("BASE_TYPE_REQUIRED")));
    assert_eq!(field(&number, "access_token"), "STRING_TYPE_CONVERT");
    assert_eq!(field(&long, "nick"), "BASE_TYPE_MAX_LENGTH");

    let put = || {
        let request = discord.request("PUT", &format!("/api/guilds/{LIGHTHOUSE}/members/{FAY}"));
        request.header("authorization", format!("Bot {BOT_TOKEN}"))
    };
    let broken = discord.send(put().header("content-type", "application/json").body("{")).await;
    let form = discord.send(put().form(&[("access_token", &access)])).await;
    assert_eq!(broken.json()["code"], 50109);
    assert_eq!((&form.json()["code"], form.status), (&json!(50035), 400));
}
