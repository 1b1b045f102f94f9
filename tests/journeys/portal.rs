//! A developer, an app, a guild's admin and a user: from registering to taking back.

use serde_json::json;

use crate::world::*;

#[tokio::test]
async fn an_app_is_registered_authorized_narrowed_and_given_up() {
    let world = World::with(&[]).await;
    let (dave, ben, gwen) = (world.sign_in(DAVE).await, world.sign_in(BEN).await, world.sign_in(GWEN).await);

    // A developer registers an app.
    let app = dave.register("Case reporter").await;
    assert_eq!(app.get("/app").await.json()["authorized_guilds"], json!([]));

    // An admin authorizes it on a guild with two permissions, and the app reads what it may do.
    let granted = ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES", "MANAGE_CASES"]).await;
    assert_eq!(granted.status, 201, "{}", granted.text());
    assert_eq!(app.may(LIGHTHOUSE).await, ["VIEW_CASES", "MANAGE_CASES"]);
    let listed = app.get("/app?withGuildNames=true").await.json();
    assert_eq!(listed["authorized_guilds"][0]["name"], "Lighthouse");
    let on_guild = ben.get(&format!("/guilds/{LIGHTHOUSE}/authorizations")).await.json();
    assert_eq!(on_guild["authorizations"][0]["app"]["name"], "Case reporter");

    // The admin narrows it; the app sees that at once.
    assert_eq!(ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 200);
    assert_eq!(app.may(LIGHTHOUSE).await, ["VIEW_CASES"]);

    // The app gives another guild up by itself.
    assert_eq!(gwen.authorize(&app, HARBOUR, &["VIEW_SETTINGS"]).await.status, 201);
    assert_eq!(app.post(&format!("/app/deauthorize?guildId={HARBOUR}")).await.status, 200);
    assert!(app.may(HARBOUR).await.is_empty());
    assert_eq!(app.may(LIGHTHOUSE).await, ["VIEW_CASES"]);

    // A user takes a user authorization back.
    assert_eq!(gwen.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
    assert_eq!(app.may_for(GWEN).await, ["READ_PROFILE"]);
    let mine = gwen.get("/users/@me/authorizations").await.json();
    assert_eq!(mine["authorizations"][0]["app"]["id"], app.id);
    assert_eq!(gwen.delete(&format!("/apps/{}/users/@me", app.id)).await.status, 204);
    assert!(app.may_for(GWEN).await.is_empty());

    // The developer regenerates the token: the old one is dead, the new one finds everything as it was.
    let token = dave.post(&format!("/apps/{}/token", app.id), json!({})).await.json()["token"].clone();
    assert!(!app.is_live().await);
    let app = TestApp { token: token.as_str().unwrap().to_owned(), ..app };
    assert_eq!(app.may(LIGHTHOUSE).await, ["VIEW_CASES"]);
    assert_eq!(dave.get(&format!("/apps/{}/token", app.id)).await.json()["token"], token);

    // And deletes the app: nothing of it is left.
    assert_eq!(dave.delete(&format!("/apps/{}", app.id)).await.status, 204);
    assert!(!app.is_live().await);
    // The account names its apps by bytes.
    let bytes = app.id.replace('-', "");
    assert!(!world.everything().await.iter().any(|item| item.contains(&app.id) || item.contains(&bytes)));
}
