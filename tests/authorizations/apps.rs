//! Which apps can be authorized, and by which sessions.

use local::stand_in::Route;
use serde_json::json;
use shared::domain::AppId;

use super::*;

#[tokio::test]
async fn a_private_app_is_authorized_by_its_owner_alone() {
    let world = World::new().await;
    let (anna, ben) = (settled(&world, ANNA).await, settled(&world, BEN).await);
    let app = ben.register_with(json!({"name": "An app", "logo_url": null, "private": true})).await;
    let asked = world.asked(Route::Guilds);
    for answer in [
        world.leaves_nothing(anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"])).await,
        world.leaves_nothing(anna.authorize_for_me(&app, &["READ_PROFILE"])).await,
    ] {
        assert_eq!((answer.status, answer.code().as_str()), (404, "NotFound"));
    }
    assert_eq!(world.asked(Route::Guilds), asked, "no guild makes up for that");
    assert_eq!(ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    assert_eq!(ben.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
    assert_eq!((app.may(LIGHTHOUSE).await.len(), app.may_for(BEN).await.len()), (1, 1));

    assert_eq!(anna.get(&of_guild(LIGHTHOUSE)).await.json()["authorizations"][0]["app"]["id"], app.id);
    assert_eq!(anna.deauthorize(&app, LIGHTHOUSE).await.status, 204, "the guild is theirs to close");
}

#[tokio::test]
async fn an_app_that_becomes_private_keeps_what_it_has_and_gets_no_more() {
    let world = World::new().await;
    let (anna, dave, app) =
        (settled(&world, ANNA).await, settled(&world, DAVE).await, daves_app(&world, "An app").await);
    anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await;
    anna.authorize_for_me(&app, &["READ_PROFILE"]).await;
    assert_eq!(dave.patch(&format!("/apps/{}", app.id), json!({"private": true})).await.status, 200);
    assert_eq!((app.may(LIGHTHOUSE).await.len(), app.may_for(ANNA).await.len()), (1, 1));
    for answer in [
        world.leaves_nothing(anna.authorize(&app, LIGHTHOUSE, &["MANAGE_CASES"])).await,
        world.leaves_nothing(anna.authorize_for_me(&app, &["READ_OWN_CASES"])).await,
    ] {
        assert_eq!(answer.status, 404);
    }
    assert_eq!(anna.delete(&for_me(&app)).await.status, 204);
    assert_eq!(anna.deauthorize(&app, LIGHTHOUSE).await.status, 204);
}

#[tokio::test]
async fn an_app_that_is_not_there_is_404_before_discord_is_asked() {
    let world = World::new().await;
    let (anna, dave, app) =
        (settled(&world, ANNA).await, settled(&world, DAVE).await, daves_app(&world, "An app").await);
    assert_eq!(dave.delete(&format!("/apps/{}", app.id)).await.status, 204);
    let nobodys = TestApp { id: AppId::from_bytes([7; 16]).to_string(), ..daves_app(&world, "Another").await };
    let asked = world.asked(Route::Guilds);
    for app in [&app, &nobodys] {
        for answer in [
            world.leaves_nothing(anna.authorize(app, LIGHTHOUSE, &["VIEW_CASES"])).await,
            world.leaves_nothing(anna.authorize_for_me(app, &["READ_PROFILE"])).await,
            world.leaves_nothing(anna.delete(&for_me(app))).await,
        ] {
            assert_eq!((answer.status, answer.code().as_str()), (404, "NotFound"));
        }
    }
    assert_eq!(world.asked(Route::Guilds), asked);
    assert_eq!(world.leaves_nothing(anna.deauthorize(&nobodys, LIGHTHOUSE)).await.status, 404);
}

#[tokio::test]
async fn an_api_token_decides_nothing_and_an_app_login_does() {
    let world = World::new().await;
    let (anna, app) = (world.sign_in_to_app(ANNA).await, daves_app(&world, "An app").await);
    let token = anna.api_token(3600).await;
    token.get("/sessions/@me").await;
    assert_eq!(anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    assert_eq!(anna.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
    let asked = world.asked(Route::Guilds);
    for answer in [
        world.leaves_nothing(token.authorize(&app, LIGHTHOUSE, &["MANAGE_CASES"])).await,
        world.leaves_nothing(token.deauthorize(&app, LIGHTHOUSE)).await,
        world.leaves_nothing(token.delete(&of_guild(LIGHTHOUSE))).await,
        world.leaves_nothing(token.authorize_for_me(&app, &["READ_OWN_CASES"])).await,
        world.leaves_nothing(token.delete(&for_me(&app))).await,
        world.leaves_nothing(Answer::of(world.http.put(world.url(&for_me(&app))).bearer_auth(&token.token))).await,
    ] {
        assert_eq!((answer.status, answer.code().as_str()), (403, "Restricted"));
    }
    assert_eq!(world.asked(Route::Guilds), asked);
    assert_eq!(token.get(&of_guild(LIGHTHOUSE)).await.json()["authorizations"][0]["app_id"], app.id, "but reads");
    assert_eq!(token.get("/users/@me/authorizations").await.json()["authorizations"][0]["app_id"], app.id);
    assert_eq!(anna.deauthorize(&app, LIGHTHOUSE).await.status, 204);
    assert_eq!(anna.delete(&for_me(&app)).await.status, 204);
}

#[tokio::test]
async fn an_authorization_is_for_one_app_on_one_guild() {
    let world = World::new().await;
    let (anna, gwen) = (world.sign_in(ANNA).await, world.sign_in(GWEN).await);
    let (app, other) = (daves_app(&world, "An app").await, daves_app(&world, "Another").await);
    assert_eq!(anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    assert_eq!(gwen.authorize(&other, HARBOUR, &["VIEW_SETTINGS"]).await.status, 201);
    for (app, guild, permissions) in [
        (&app, LIGHTHOUSE, &["VIEW_CASES"][..]),
        (&app, HARBOUR, &[]),
        (&other, LIGHTHOUSE, &[]),
        (&other, HARBOUR, &["VIEW_SETTINGS"]),
        (&other, QUIET_COVE, &[]),
    ] {
        assert_eq!(app.may(guild).await, permissions, "{guild}");
    }
    assert_eq!(anna.deauthorize(&other, LIGHTHOUSE).await.status, 404, "the other app is on another guild");
    assert_eq!(other.may(HARBOUR).await, ["VIEW_SETTINGS"]);
}

#[tokio::test]
async fn deciding_is_limited_per_user() {
    let world = World::with(&[("RATE_LIMITS", "app-write=3/60")]).await;
    let (app, anna, ben) = (daves_app(&world, "An app").await, settled(&world, ANNA).await, settled(&world, BEN).await);
    for _ in 0..3 {
        assert!(matches!(anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 200 | 201));
    }
    let asked = world.asked(Route::Guilds);
    for answer in [
        world.leaves_nothing(anna.authorize(&app, LIGHTHOUSE, &["MANAGE_CASES"])).await,
        world.leaves_nothing(anna.deauthorize(&app, LIGHTHOUSE)).await,
        world.leaves_nothing(anna.delete(&of_guild(LIGHTHOUSE))).await,
        world.leaves_nothing(anna.authorize_for_me(&app, &["READ_PROFILE"])).await,
        world.leaves_nothing(anna.delete(&for_me(&app))).await,
    ] {
        assert_eq!((answer.status, answer.code().as_str()), (429, "RateLimited"));
    }
    assert_eq!(world.asked(Route::Guilds), asked);
    assert_eq!(ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 200);
    world.pass(TimeDelta::seconds(60));
    assert_eq!(anna.deauthorize(&app, LIGHTHOUSE).await.status, 204);
}
