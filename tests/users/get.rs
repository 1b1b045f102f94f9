//! `GET /users/@me`

use chrono::TimeDelta;
use expect_test::expect;
use local::stand_in::{Fault, Route};
use serde_json::json;

use crate::world::*;

#[tokio::test]
async fn says_who_the_caller_is_without_asking_discord() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    anna.get("/sessions/@me").await;
    let asked = world.asked(Route::Identify);
    world.wire.forget();

    let me = anna.get("/users/@me").await;
    expect![[r#"200 {"avatar":"a_8342729096ea3675442027381ff50dfe","avatar_url":"https://cdn.discordapp.com/avatars/158908186768937126/a_8342729096ea3675442027381ff50dfe.gif","global_name":"Anna","id":"158908186768937126","state":"normal","username":"anna.lindqvist"}"#]].assert_eq(&me.text());
    assert_eq!(world.asked(Route::Identify), asked);
    assert_eq!(world.wire.calls().len(), 1, "the credential check has brought it");
}

#[tokio::test]
async fn a_user_without_an_avatar_has_discords() {
    let world = World::new().await;
    let me = world.sign_in(FAY).await.get("/users/@me").await.json();
    assert_eq!((&me["global_name"], &me["avatar"]), (&json!(null), &json!(null)));
    assert_eq!(me["avatar_url"], format!("https://cdn.discordapp.com/embed/avatars/{}.png", (FAY >> 22) % 6));
}

#[tokio::test]
async fn an_api_token_may_ask_too() {
    let world = World::new().await;
    let token = world.sign_in(ANNA).await.api_token(60).await;
    assert_eq!(token.get("/users/@me").await.json()["id"], ANNA.to_string());
}

#[tokio::test]
async fn refreshing_asks_discord_and_keeps_what_it_says() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let old = aws_sdk_dynamodb::types::AttributeValue::S("an old name".into());
    world.set(ANNA, "account", "username", Some(old)).await;
    assert_eq!(anna.get("/users/@me").await.json()["username"], "an old name");
    assert_eq!(anna.get("/users/@me?refresh=false").await.json()["username"], "an old name");
    assert_eq!(anna.get("/users/@me?refresh=true").await.json()["username"], "anna.lindqvist");
    assert_eq!(anna.get("/users/@me").await.json()["username"], "anna.lindqvist");
    for (text, asks) in [("1", 1), ("True", 1), ("TRUE", 1), ("0", 0), ("False", 0)] {
        let asked = world.asked(Route::Identify);
        assert_eq!(anna.get(&format!("/users/@me?refresh={text}")).await.status, 200, "{text}");
        assert_eq!(world.asked(Route::Identify), asked + asks, "{text}");
    }
    for text in ["yes", "on", "2", "01", "tru", "true%20", "true,true", ""] {
        let answer = anna.get(&format!("/users/@me?refresh={text}")).await;
        assert_eq!((answer.status, &answer.json()["field"]), (400, &json!("refresh")), "{text}");
    }
}

#[tokio::test]
async fn refreshing_is_limited() {
    let world = World::with(&[("RATE_LIMITS", "discord-ask=3/10")]).await;
    let anna = world.sign_in(ANNA).await;
    for status in [200, 200, 200, 429] {
        assert_eq!(anna.get("/users/@me?refresh=true").await.status, status);
    }
    assert_eq!(anna.get("/users/@me").await.status, 200, "reading is not");
    world.pass(TimeDelta::seconds(10));
    assert_eq!(anna.get("/users/@me?refresh=true").await.status, 200);
}

#[tokio::test]
async fn when_discord_is_down_refreshing_says_so() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.discord_fails(Route::Identify, Fault::Status { code: 503, html: false });
    assert_eq!(anna.get("/users/@me?refresh=true").await.code(), "DiscordUnavailable");
    assert_eq!(anna.get("/users/@me").await.status, 200);
}

#[tokio::test]
async fn an_email_address_shows_while_it_is_granted() {
    let world = World::new().await;
    let email = async |person: &Person<'_>| {
        let me = person.get("/users/@me").await.json();
        (me.get("email").cloned(), me.get("email_verified").cloned())
    };
    let granted = (Some(json!("anna.lindqvist@example.com")), Some(json!(true)));

    let anna = world.sign_in_with(ANNA, "email").await;
    assert_eq!(email(&anna).await, granted);
    anna.get("/users/@me?refresh=true").await;
    assert_eq!(email(&anna).await, granted, "as Discord says now");

    let without = [("grant_scopes", "identify guilds")];
    let code = world.code_with(ANNA, &[("redirect_uri", WEB)], &without).await;
    let anna = world.person(&world.exchange(json!({"code": code, "redirect_uri": WEB})).await);
    assert_eq!(email(&anna).await, (None, None), "taken back at the next sign-in");

    let anna = world.sign_in_with(ANNA, "email").await;
    assert_eq!(anna.delete("/users/@me/discord").await.status, 204);
    assert_eq!(email(&anna).await, (None, None), "forgotten with the grant");

    let anna = world.sign_in_with(ANNA, "email").await;
    for attribute in ["email", "email_verified"] {
        world.set(ANNA, "account", attribute, None).await;
    }
    assert_eq!(email(&anna).await, (None, None), "as accounts were before there was one");

    let anna = world.sign_in_with(ANNA, "email").await;
    world.keep_secret("anna.lindqvist@example.com");
    assert_eq!(anna.delete("/users/@me").await.status, 204);
    assert!(!world.everything().await.iter().any(|item| item.contains("anna.lindqvist")));
}

#[tokio::test]
async fn a_kept_profile_that_cannot_be_read_is_asked_for_again() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    for attribute in ["username", "global_name", "avatar", "email"] {
        let odd = aws_sdk_dynamodb::types::AttributeValue::N("1".into());
        world.set(ANNA, "account", attribute, Some(odd)).await;
        let me = anna.get("/users/@me").await;
        assert_eq!((me.status, &me.json()["username"]), (200, &json!("anna.lindqvist")), "{attribute}");
        assert!(anna.is_signed_in().await);
    }
}

#[tokio::test]
async fn an_answer_about_somebody_else_changes_nobody() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    for person in [&anna, &ben] {
        person.get("/sessions/@me").await;
    }
    for id in [BEN.to_string(), "1".to_owned()] {
        world.discord_fails(Route::Identify, Fault::Patched { patch: json!({"id": id, "username": "somebody"}) });
        let answer = world.leaves_nothing(anna.get("/users/@me?refresh=true")).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "DiscordUnavailable"), "{id}");
    }
    assert_eq!(anna.get("/users/@me").await.json()["username"], "anna.lindqvist");
    assert_eq!(ben.get("/users/@me").await.json()["username"], "ben_o");
    world.discord().faults().clear();
    assert_eq!(anna.get("/users/@me?refresh=true").await.status, 200, "no grant was lost for it");
}

#[tokio::test]
async fn the_default_avatar_of_an_old_name_goes_by_its_discriminator() {
    let world = World::new().await;
    for (discriminator, index) in [("1234", 4), ("0007", 2), ("0", (FAY >> 22) % 6), ("0000", (FAY >> 22) % 6)] {
        let url = format!("https://cdn.discordapp.com/embed/avatars/{index}.png");
        world.discord_fails(Route::Identify, Fault::Patched { patch: json!({"discriminator": discriminator}) });
        let fay = world.sign_in(FAY).await;
        assert_eq!(fay.get("/users/@me").await.json()["avatar_url"], url, "{discriminator} at sign-in");
        assert_eq!(fay.get("/users/@me?refresh=true").await.json()["avatar_url"], url, "{discriminator} now");
    }
}

#[tokio::test]
async fn an_account_from_before_discriminators_were_kept_can_be_read() {
    let world = World::new().await;
    let fay = world.sign_in(FAY).await;
    world.set(FAY, "account", "discriminator", None).await;
    let me = fay.get("/users/@me").await.json();
    assert_eq!(me["avatar_url"], format!("https://cdn.discordapp.com/embed/avatars/{}.png", (FAY >> 22) % 6));
}
