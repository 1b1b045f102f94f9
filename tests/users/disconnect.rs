//! `DELETE /users/@me/discord`

use local::stand_in::{Fault, Route};

use crate::world::*;

#[tokio::test]
async fn gives_the_grant_back_and_forgets_it() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    anna.get("/users/@me/guilds").await;
    assert_eq!(anna.delete("/users/@me/discord").await.status, 204);
    assert_eq!((world.item(ANNA, "discord").await, world.item(ANNA, "guilds").await), (None, None));
    assert!(!world.discord().remove_application(ANNA).unwrap(), "Discord has nothing left of it");
    assert!(anna.is_signed_in().await);
    assert_eq!(anna.get("/users/@me/guilds").await.code(), "MissingScope");
    assert_eq!(anna.delete("/users/@me/discord").await.status, 204, "again is no error");
    assert_eq!(world.asked(Route::Revoke), 1);
}

#[tokio::test]
async fn when_discord_is_down_nothing_is_forgotten() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.discord_fails(Route::Revoke, Fault::Status { code: 500, html: false });
    assert_eq!(anna.delete("/users/@me/discord").await.code(), "DiscordUnavailable");
    world.discord().faults().clear();
    assert_eq!(anna.get("/users/@me/guilds").await.status, 200);
    assert_eq!(anna.delete("/users/@me/discord").await.status, 204);
}

#[tokio::test]
async fn a_grant_that_discord_has_forgotten_is_forgotten_here() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.discord().remove_application(ANNA).unwrap();
    assert_eq!(anna.delete("/users/@me/discord").await.status, 204);
    assert_eq!(world.item(ANNA, "discord").await, None);
}

#[tokio::test]
async fn an_api_token_cannot() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    assert_eq!(anna.api_token(60).await.delete("/users/@me/discord").await.code(), "Restricted");
    assert!(world.item(ANNA, "discord").await.is_some());
}
