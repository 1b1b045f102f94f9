//! `PUT`, `DELETE /apps/{app_id}/users/@me`, `GET /users/@me/authorizations`

use expect_test::expect;
use local::stand_in::{Fault as DiscordFault, Switch, Target};
use serde_json::json;

use super::*;

#[tokio::test]
async fn a_user_authorizes_an_app_for_themselves_and_takes_it_back() {
    let world = World::new().await;
    let (fay, app) = (world.sign_in(FAY).await, daves_app(&world, "An app").await);
    let answer = fay.authorize_for_me(&app, &["MANAGE_REMINDERS", "READ_PROFILE"]).await;
    expect![[r#"201 {"app_id":"APP","expiry":null,"granted_at":"NOW","granted_by":"1141840098770477217","permissions":["READ_PROFILE","MANAGE_REMINDERS"],"user_id":"1141840098770477217"}"#]]
    .assert_eq(&shown(&app, &answer));
    let list = fay.get("/users/@me/authorizations").await;
    expect![[r#"200 {"authorizations":[{"app":{"created_at":"NOW","id":"APP","logo_url":null,"name":"An app","owner_id":"697645025269751825","verified":false},"app_id":"APP","expiry":null,"granted_at":"NOW","granted_by":"1141840098770477217","permissions":["READ_PROFILE","MANAGE_REMINDERS"],"user_id":"1141840098770477217"}],"next":null}"#]]
    .assert_eq(&shown(&app, &list));

    for permissions in [&["READ_OWN_CASES"][..], &["READ_PROFILE", "READ_OWN_CASES", "MANAGE_REMINDERS"]] {
        assert_eq!(fay.authorize_for_me(&app, permissions).await.status, 200);
        assert_eq!(app.may_for(FAY).await, permissions);
    }
    assert_eq!(fay.delete(&for_me(&app)).await.status, 204);
    assert!(app.may_for(FAY).await.is_empty());
    assert_eq!(fay.get("/users/@me/authorizations").await.json(), json!({"authorizations": [], "next": null}));
    assert_eq!(world.leaves_nothing(fay.delete(&for_me(&app))).await.status, 404);
    assert_eq!(fay.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
}

#[tokio::test]
async fn it_needs_no_discord() {
    let world = World::new().await;
    let (fay, app) = (world.sign_in(FAY).await, daves_app(&world, "An app").await);
    world.discord().faults().set(Switch::always(Target::Every, DiscordFault::Reset)).unwrap();
    assert_eq!(fay.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
    assert_eq!(fay.get("/users/@me/authorizations").await.status, 200);
    assert_eq!(fay.delete(&for_me(&app)).await.status, 204);
}

#[tokio::test]
async fn a_word_for_a_user_is_none_for_a_guild_nor_for_another_user() {
    let world = World::new().await;
    let (anna, gwen) = (world.sign_in(ANNA).await, world.sign_in(GWEN).await);
    let (app, other) = (daves_app(&world, "An app").await, daves_app(&world, "Another").await);
    anna.authorize_for_me(&app, &["READ_PROFILE"]).await;
    gwen.authorize(&other, HARBOUR, &["VIEW_CASES"]).await;
    for (app, path, status) in [
        (&app, format!("/app/users/{ANNA}"), 200),
        (&app, format!("/app/guilds/{ANNA}"), 404),
        (&app, format!("/app/guilds/{LIGHTHOUSE}"), 404),
        (&app, format!("/app/users/{GWEN}"), 404),
        (&other, format!("/app/users/{ANNA}"), 404),
        (&other, format!("/app/guilds/{HARBOUR}"), 200),
        (&other, format!("/app/users/{HARBOUR}"), 404),
        (&other, format!("/app/users/{GWEN}"), 404),
    ] {
        assert_eq!(app.get(&path).await.status, status, "{path}");
    }
    assert_eq!(app.get("/app").await.json()["authorized_guilds"], json!([]), "users are in no list of guilds");
    for path in [format!("/app/deauthorize?guildId={ANNA}"), format!("/app/deauthorize?userId={GWEN}")] {
        assert_eq!(world.leaves_nothing(app.post(&path)).await.status, 404, "{path}");
    }
    assert_eq!(world.leaves_nothing(gwen.delete(&for_me(&app))).await.status, 404, "Anna's is not Gwen's to take back");
    assert_eq!(app.may_for(ANNA).await, ["READ_PROFILE"]);
}

#[tokio::test]
async fn a_user_sees_their_own_page_by_page() {
    let world = World::new().await;
    let (dave, fay, gwen) = (world.sign_in(DAVE).await, world.sign_in(FAY).await, world.sign_in(GWEN).await);
    let mut apps = Vec::new();
    for place in 0..25 {
        let app = dave.register(&format!("App {place}")).await;
        assert_eq!(fay.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
        apps.push(app);
        world.pass(TimeDelta::milliseconds(1));
    }
    assert_eq!(gwen.authorize_for_me(&apps[0], &["READ_PROFILE"]).await.status, 201);
    let expected: Vec<_> = apps.iter().map(|app| app.id.clone()).collect();
    for (limit, pages) in [(1, 25), (10, 3), (24, 2), (25, 1), (1000, 1)] {
        let (mut found, mut path, mut count) = (Vec::new(), format!("/users/@me/authorizations?limit={limit}"), 0);
        loop {
            let page = fay.get(&path).await.json();
            found.extend(ids(&page["authorizations"], "app_id"));
            count += 1;
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/users/@me/authorizations?limit={limit}&cursor={next}");
            assert_eq!(gwen.get(&path).await.json()["field"], "cursor", "another user's");
        }
        assert_eq!((&found, count), (&expected, pages), "{limit}");
    }
    assert_eq!(ids(&gwen.get("/users/@me/authorizations").await.json()["authorizations"], "app_id"), [&*apps[0].id]);
    for query in ["limit=0", "limit=1001", "limit=", "cursor=", "cursor=x", "limit=1&limit=1"] {
        assert_eq!(fay.get(&format!("/users/@me/authorizations?{query}")).await.status, 400, "{query}");
    }
}

#[tokio::test]
async fn an_app_that_goes_takes_its_place_in_the_list_along() {
    let world = World::new().await;
    let (dave, fay) = (world.sign_in(DAVE).await, world.sign_in(FAY).await);
    let (app, other) = (dave.register("An app").await, dave.register("Another").await);
    for app in [&app, &other] {
        fay.authorize_for_me(app, &["READ_PROFILE"]).await;
    }
    assert_eq!(dave.delete(&format!("/apps/{}", app.id)).await.status, 204);
    assert_eq!(ids(&fay.get("/users/@me/authorizations").await.json()["authorizations"], "app_id"), [&*other.id]);
    assert!(world.item(FAY, &format!("authorized#{}", app.id)).await.is_none());
    assert_eq!(other.post(&format!("/app/deauthorize?userId={FAY}")).await.status, 200);
    assert_eq!(fay.get("/users/@me/authorizations").await.json()["authorizations"], json!([]));
    assert!(world.item(FAY, &format!("authorized#{}", other.id)).await.is_none());
}
