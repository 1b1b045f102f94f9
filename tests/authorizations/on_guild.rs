//! `PUT`, `DELETE /apps/{app_id}/guilds/{guild_id}`

use expect_test::expect;
use local::stand_in::{Fault as DiscordFault, Route};
use serde_json::json;
use shared::context::Clock;

use super::*;

const EVERYTHING: &[&str] = &["VIEW_CASES", "MANAGE_CASES", "VIEW_SETTINGS", "MANAGE_SETTINGS", "VIEW_STATISTICS"];

#[tokio::test]
async fn the_first_time_makes_it_and_the_next_replaces_it() {
    let world = World::new().await;
    let (anna, ben, app) = (world.sign_in(ANNA).await, world.sign_in(BEN).await, daves_app(&world, "An app").await);
    let answer = anna.authorize(&app, LIGHTHOUSE, &["MANAGE_CASES", "VIEW_CASES"]).await;
    expect![[r#"201 {"app_id":"APP","expiry":null,"granted_at":"NOW","granted_by":"158908186768937126","guild_id":"272120529715212344","permissions":["VIEW_CASES","MANAGE_CASES"]}"#]]
    .assert_eq(&shown(&app, &answer));
    assert_eq!(app.may(LIGHTHOUSE).await, ["VIEW_CASES", "MANAGE_CASES"]);

    world.pass(TimeDelta::seconds(1));
    let body = json!({"permissions": ["VIEW_SETTINGS"], "expiry": 60});
    let answer = ben.put(&on_guild(&app, LIGHTHOUSE), body).await;
    let expiry = json!(world.clock.now() + TimeDelta::seconds(60));
    expect![[r#"200 {"app_id":"APP","expiry":"THEN","granted_at":"NOW","granted_by":"353355351799783517","guild_id":"272120529715212344","permissions":["VIEW_SETTINGS"]}"#]]
    .assert_eq(&shown(&app, &answer).replace(expiry.as_str().unwrap(), "THEN"));
    assert_eq!(app.may(LIGHTHOUSE).await, ["VIEW_SETTINGS"]);

    assert_eq!(anna.authorize(&app, LIGHTHOUSE, &["VIEW_SETTINGS"]).await.json()["expiry"], json!(null));
}

#[tokio::test]
async fn narrowing_and_widening_are_felt_by_the_next_request() {
    let world = World::new().await;
    let (anna, app) = (world.sign_in(ANNA).await, daves_app(&world, "An app").await);
    for permissions in [&["VIEW_CASES"][..], EVERYTHING, &["MANAGE_SETTINGS"], &["VIEW_CASES"]] {
        assert!(matches!(anna.authorize(&app, LIGHTHOUSE, permissions).await.status, 200 | 201));
        assert_eq!(app.may(LIGHTHOUSE).await, permissions);
        assert_eq!(app.get("/app").await.json()["authorized_guilds"][0]["permissions"], json!(permissions));
    }
    assert_eq!(anna.deauthorize(&app, LIGHTHOUSE).await.status, 204);
    assert!(app.may(LIGHTHOUSE).await.is_empty());
    assert_eq!(app.get("/app").await.json()["authorized_guilds"], json!([]));
    assert_eq!(anna.deauthorize(&app, LIGHTHOUSE).await.status, 404);
}

#[tokio::test]
async fn whoever_manages_the_guild_may_and_nobody_else_and_discord_is_asked_once() {
    let world = World::new().await;
    let app = daves_app(&world, "An app").await;
    for (user, guild, status, code) in [
        (ANNA, LIGHTHOUSE, 201, ""),
        (BEN, LIGHTHOUSE, 200, ""),
        (CARA, LIGHTHOUSE, 200, ""),
        (DAVE, LIGHTHOUSE, 403, "MissingPermission"),
        (GWEN, LIGHTHOUSE, 404, "NotFound"),
        (FAY, LIGHTHOUSE, 404, "NotFound"),
        (ANNA, HARBOUR, 404, "NotFound"),
        (ANNA, 1, 404, "NotFound"),
    ] {
        let person = settled(&world, user).await;
        let asked = world.asked(Route::Guilds);
        let put = person.authorize(&app, guild, &["VIEW_CASES"]);
        let answer = if status < 300 { put.await } else { world.leaves_nothing(put).await };
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{user}");
        assert_eq!(world.asked(Route::Guilds), asked + 1, "{user}");
    }
}

#[tokio::test]
async fn taking_back_is_for_whoever_manages_the_guild_too() {
    let world = World::new().await;
    let (anna, app) = (world.sign_in(ANNA).await, daves_app(&world, "An app").await);
    anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await;
    for (user, status, code) in [
        (DAVE, 403, "MissingPermission"),
        (GWEN, 404, "NotFound"),
        (FAY, 404, "NotFound"),
        (BEN, 204, ""),
        (CARA, 204, ""),
    ] {
        let person = settled(&world, user).await;
        let asked = world.asked(Route::Guilds);
        let delete = person.deauthorize(&app, LIGHTHOUSE);
        let answer = if status < 300 { delete.await } else { world.leaves_nothing(delete).await };
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{user}");
        assert_eq!((world.asked(Route::Guilds), app.may(LIGHTHOUSE).await.is_empty()), (asked + 1, status == 204));
        if status == 204 {
            assert_eq!(anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
        }
    }
}

#[tokio::test]
async fn a_kept_list_that_says_admin_opens_nothing() {
    let world = World::new().await;
    let (anna, cara, app) = (world.sign_in(ANNA).await, settled(&world, CARA).await, daves_app(&world, "An app").await);
    assert_eq!(anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    let list = cara.get("/users/@me/guilds").await.json();
    let permissions: u64 = list["guilds"][0]["permissions"].as_str().unwrap().parse().unwrap();
    assert_ne!(permissions & 0x20, 0, "an admin, by the list");

    assert!(world.discord().set_member(LIGHTHOUSE, CARA, Some(0)));
    let path = on_guild(&app, LIGHTHOUSE);
    for (method, path) in
        [("PUT", path.clone()), ("DELETE", path), ("GET", of_guild(LIGHTHOUSE)), ("DELETE", of_guild(LIGHTHOUSE))]
    {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = world.http.request(method.clone(), world.url(&path)).bearer_auth(&cara.token);
        let request = if method == "PUT" { request.json(&json!({"permissions": ["MANAGE_CASES"]})) } else { request };
        let answer = world.leaves_nothing(Answer::of(request)).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "MissingPermission"), "{method} {path}");
    }
    assert_eq!(cara.get("/users/@me/guilds").await.json(), list, "the kept list still says so");

    assert!(world.discord().set_member(LIGHTHOUSE, CARA, Some(0x20)));
    assert_eq!(cara.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 200, "and nothing was remembered");
}

/// Discord is asked in vain, and nothing changes.
async fn in_vain(world: &World, what: impl Future<Output = Answer>) {
    // After a failure it is left alone for a while.
    world.pass(TimeDelta::seconds(6));
    let asked = world.asked(Route::Guilds);
    let answer = changes_no_app(world, what).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "DiscordUnavailable"));
    assert!(world.asked(Route::Guilds) > asked);
}

#[tokio::test]
async fn when_discord_is_down_the_granter_alone_may_do_something() {
    let world = World::new().await;
    let (anna, ben, app) = (world.sign_in(ANNA).await, world.sign_in(BEN).await, daves_app(&world, "An app").await);
    assert_eq!(ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    assert_eq!(anna.get("/users/@me/guilds").await.status, 200, "a list that could be trusted by mistake");
    for fault in [DiscordFault::Reset, DiscordFault::Status { code: 502, html: true }] {
        world.discord_fails(Route::Guilds, fault);
        in_vain(&world, anna.authorize(&app, LIGHTHOUSE, &["MANAGE_CASES"])).await;
        in_vain(&world, ben.authorize(&app, LIGHTHOUSE, &["MANAGE_CASES"])).await;
        in_vain(&world, anna.deauthorize(&app, LIGHTHOUSE)).await;
        in_vain(&world, anna.get(&of_guild(LIGHTHOUSE))).await;
        in_vain(&world, anna.delete(&of_guild(LIGHTHOUSE))).await;
    }
    let asked = world.asked(Route::Guilds);
    assert_eq!(ben.deauthorize(&app, LIGHTHOUSE).await.status, 204);
    assert_eq!(
        (world.asked(Route::Guilds), app.may(LIGHTHOUSE).await.is_empty()),
        (asked, true),
        "and nobody is asked"
    );
}

#[tokio::test]
async fn a_granter_who_is_no_admin_any_more_may_take_back_and_not_grant() {
    let world = World::new().await;
    let (ben, app) = (settled(&world, BEN).await, daves_app(&world, "An app").await);
    for (membership, status) in [(Some(0), 403), (None, 404)] {
        assert!(world.discord().set_member(LIGHTHOUSE, BEN, Some(8)));
        assert_eq!(ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
        assert!(world.discord().set_member(LIGHTHOUSE, BEN, membership));
        let again = world.leaves_nothing(ben.authorize(&app, LIGHTHOUSE, &["MANAGE_CASES"])).await;
        assert_eq!(again.status, status);
        assert_eq!(ben.deauthorize(&app, LIGHTHOUSE).await.status, 204);
        assert!(app.may(LIGHTHOUSE).await.is_empty());
        assert_eq!(ben.deauthorize(&app, LIGHTHOUSE).await.status, status, "there is nothing of theirs any more");
    }
}

#[tokio::test]
async fn whoever_replaces_a_set_is_its_granter_and_the_one_before_is_not() {
    let world = World::new().await;
    let (ben, cara, app) = (settled(&world, BEN).await, settled(&world, CARA).await, daves_app(&world, "An app").await);
    ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await;
    assert_eq!(cara.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.json()["granted_by"], cara.user_id);

    for (membership, code) in [(Some(0), "MissingPermission"), (None, "NotFound")] {
        assert!(world.discord().set_member(LIGHTHOUSE, BEN, membership));
        let answer = world.leaves_nothing(ben.deauthorize(&app, LIGHTHOUSE)).await;
        assert_eq!(answer.code(), code);
    }
    world.discord_fails(Route::Guilds, DiscordFault::Reset);
    in_vain(&world, ben.deauthorize(&app, LIGHTHOUSE)).await;
    assert_eq!(cara.deauthorize(&app, LIGHTHOUSE).await.status, 204);
}
