//! `PUT /users/@me/guilds/{guild_id}`

use local::stand_in::Route;
use serde_json::json;

use crate::world::*;

#[tokio::test]
async fn adds_the_caller_to_a_guild_once() {
    let world = World::new().await;
    let fay = world.sign_in_with(FAY, "guilds.join").await;
    assert!(fay.get("/users/@me/guilds").await.json()["guilds"].as_array().unwrap().is_empty());
    let path = format!("/users/@me/guilds/{LIGHTHOUSE}");
    assert_eq!(fay.put(&path, json!({})).await.status, 201);
    assert_eq!(fay.put(&path, json!({})).await.status, 204);
    assert_eq!(
        fay.get("/users/@me/guilds").await.json()["guilds"][0]["id"],
        LIGHTHOUSE.to_string(),
        "the kept list was dropped"
    );
}

#[tokio::test]
async fn discords_refusals_are_told_apart() {
    let world = World::with(&[("JOIN_GUILDS", &format!("1 {LIGHTHOUSE} {HARBOUR} {QUIET_COVE}"))]).await;
    let gwen = world.sign_in_with(GWEN, "guilds.join").await;
    let fay = world.sign_in_with(FAY, "guilds.join").await;
    let emil = world.sign_in_with(EMIL, "guilds.join").await;
    for (person, guild, status, code) in [
        (&gwen, LIGHTHOUSE, 403, "Restricted"),
        (&fay, HARBOUR, 404, "NotFound"),
        (&fay, QUIET_COVE, 404, "NotFound"),
        (&fay, 1, 404, "NotFound"),
        (&emil, LIGHTHOUSE, 409, "Conflict"),
    ] {
        let answer = person.put(&format!("/users/@me/guilds/{guild}"), json!({})).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{guild}");
    }
}

#[tokio::test]
async fn needs_a_login_the_scope_and_an_id() {
    let world = World::new().await;
    let (anna, fay) = (world.sign_in(ANNA).await, world.sign_in_with(FAY, "guilds.join").await);
    let path = format!("/users/@me/guilds/{LIGHTHOUSE}");
    assert_eq!(anna.put(&path, json!({})).await.code(), "MissingScope");
    assert_eq!(fay.api_token(60).await.put(&path, json!({})).await.code(), "Restricted");
    for id in ["0", "x", "-1", "01", "18446744073709551616", "@me"] {
        let answer = fay.put(&format!("/users/@me/guilds/{id}"), json!({})).await;
        assert_eq!((answer.status, &answer.json()["field"]), (400, &json!("guild_id")), "{id}");
    }
    assert_eq!(world.asked(Route::Join), 0);
}

#[tokio::test]
async fn without_a_bot_there_is_nobody_to_do_it() {
    let world = World::with(&[("BOT_TOKEN_JSON", r#"{"discord_bot_token": ""}"#)]).await;
    let fay = world.sign_in_with(FAY, "guilds.join").await;
    assert_eq!(fay.put(&format!("/users/@me/guilds/{LIGHTHOUSE}"), json!({})).await.code(), "Restricted");
}

#[tokio::test]
async fn guild_that_the_operator_has_not_named_is_refused_before_anything_else() {
    for named in ["", &HARBOUR.to_string()] {
        let world = World::with(&[("JOIN_GUILDS", named), ("RATE_LIMITS", "discord-ask=1/60")]).await;
        let fay = world.sign_in_with(FAY, "guilds.join").await;
        assert!(fay.is_signed_in().await);
        for guild in [LIGHTHOUSE, LIGHTHOUSE, QUIET_COVE, 1] {
            let join =
                Answer::of(world.http.put(world.url(&format!("/users/@me/guilds/{guild}"))).bearer_auth(&fay.token));
            let answer = world.leaves_nothing(join).await;
            assert_eq!((answer.status, answer.code().as_str()), (403, "Restricted"), "{guild}: {}", answer.text());
        }
        assert_eq!(world.asked(Route::Join), 0);
    }
    let world = World::new().await;
    let fay = world.sign_in_with(FAY, "guilds.join").await;
    let quiet = fay.put(&format!("/users/@me/guilds/{QUIET_COVE}"), json!({})).await;
    assert_eq!(quiet.code(), "Restricted", "Lighthouse alone is listed locally");
}

#[tokio::test]
async fn body_is_refused_before_discord_is_asked() {
    let world = World::new().await;
    let fay = world.sign_in_with(FAY, "guilds.join").await;
    let path = format!("/users/@me/guilds/{LIGHTHOUSE}");
    let answer = fay.put(&path, json!({"nick": "x"})).await;
    assert_eq!((answer.status, &answer.json()["field"]), (400, &json!("nick")), "{}", answer.text());
    assert_eq!(world.asked(Route::Join), 0);
    let without = Answer::of(world.http.put(world.url(&path)).bearer_auth(&fay.token)).await;
    assert_eq!(without.status, 201);
}
