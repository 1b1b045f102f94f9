//! Names and icons of guilds: kept with the authorizations, and freshened by the way whenever Discord says them to an admin.

use local::stand_in::{Fault as DiscordFault, Route, Switch, Target};
use serde_json::json;

use super::*;

const NAMED: &str = "/app?withGuildNames=true";
const REFRESH: &str = "/users/@me/guilds?refresh=true";

async fn names(app: &TestApp<'_>) -> Vec<String> {
    ids(&app.get(NAMED).await.json()["authorized_guilds"], "name")
}

fn rename(world: &World, guild: u64, name: &str) {
    assert!(world.discord().rename_guild(guild, name.to_owned()));
}

/// How often an item of the apps table was updated, and the wire looked at anew.
fn updates(world: &World) -> usize {
    let update = (format!("{}apps", world.tables), "UpdateItem".to_owned());
    let count = world.wire.calls().iter().filter(|call| call.actions.contains(&update)).count();
    world.wire.forget();
    count
}

#[tokio::test]
async fn names_are_kept_and_asking_for_them_asks_nobody() {
    let world = World::new().await;
    let (anna, gwen, app) = (world.sign_in(ANNA).await, world.sign_in(GWEN).await, daves_app(&world, "An app").await);
    anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await;
    gwen.authorize(&app, HARBOUR, &["VIEW_CASES"]).await;
    world.discord().faults().set(Switch::always(Target::Every, DiscordFault::Reset)).unwrap();
    let asked = world.asked(Route::Guilds);
    world.wire.forget();
    assert_eq!(names(&app).await, ["Lighthouse", "Harbour"]);
    let operations: Vec<_> = world.wire.calls().into_iter().map(|call| call.operation).collect();
    assert_eq!((world.asked(Route::Guilds), operations), (asked, vec!["BatchGetItem".to_owned(), "Query".to_owned()]));
}

#[tokio::test]
async fn a_new_name_shows_once_an_admins_list_is_fetched() {
    let world = World::new().await;
    let (anna, dave) = (world.sign_in(ANNA).await, world.sign_in(DAVE).await);
    let (app, other) = (dave.register("An app").await, dave.register("Another").await);
    for app in [&app, &other] {
        anna.authorize(app, LIGHTHOUSE, &["VIEW_CASES"]).await;
    }
    let before = kept_on(&app, LIGHTHOUSE).await.unwrap();
    assert_eq!(anna.get(REFRESH).await.status, 200);
    rename(&world, LIGHTHOUSE, "Lantern");

    assert_eq!(anna.get("/users/@me/guilds").await.json()["stale"], json!(false));
    assert_eq!(names(&app).await, ["Lighthouse"], "that was the kept list");
    assert_eq!(dave.get(REFRESH).await.json()["guilds"][0]["name"], "Lantern");
    assert_eq!(names(&app).await, ["Lighthouse"], "a plain member's list freshens nothing");
    assert_eq!(dave.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 403);
    assert_eq!(names(&app).await, ["Lighthouse"]);
    assert_eq!(anna.get(REFRESH).await.status, 200);
    assert_eq!((names(&app).await, names(&other).await), (vec!["Lantern".to_owned()], vec!["Lantern".to_owned()]));
    let after = changed(&before, [("name", Some(text("Lantern")))]);
    assert_eq!(kept_on(&app, LIGHTHOUSE).await.unwrap(), after, "and nothing else of it is touched");
}

#[tokio::test]
async fn whatever_asks_discord_for_an_admin_freshens_all_their_guilds() {
    let world = World::new().await;
    let (gwen, app) = (world.sign_in(GWEN).await, daves_app(&world, "An app").await);
    let other = daves_app(&world, "Another").await;
    gwen.authorize(&app, HARBOUR, &["VIEW_CASES"]).await;
    rename(&world, HARBOUR, "By a decision");
    assert_eq!(gwen.authorize(&other, QUIET_COVE, &["VIEW_CASES"]).await.status, 201);
    assert_eq!(names(&app).await, ["By a decision"]);
    rename(&world, HARBOUR, "By a look");
    assert_eq!(gwen.get(&of_guild(QUIET_COVE)).await.status, 200);
    assert_eq!(names(&app).await, ["By a look"]);
    rename(&world, HARBOUR, "By clearing another");
    assert_eq!(gwen.delete(&of_guild(QUIET_COVE)).await.status, 204);
    assert_eq!(names(&app).await, ["By clearing another"]);
    rename(&world, HARBOUR, "By a refusal");
    assert_eq!(gwen.authorize(&other, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 404);
    assert_eq!(names(&app).await, ["By a refusal"]);
    rename(&world, HARBOUR, "By its own");
    assert_eq!(gwen.authorize(&app, HARBOUR, &["VIEW_CASES"]).await.status, 200);
    assert_eq!(names(&app).await, ["By its own"]);
}

#[tokio::test]
async fn only_what_has_changed_is_written() {
    let world = World::new().await;
    let (gwen, app) = (world.sign_in(GWEN).await, daves_app(&world, "An app").await);
    for guild in [HARBOUR, QUIET_COVE] {
        gwen.authorize(&app, guild, &["VIEW_CASES"]).await;
    }
    updates(&world);
    assert_eq!((gwen.get(REFRESH).await.status, updates(&world)), (200, 0));
    assert_eq!((gwen.get(&of_guild(HARBOUR)).await.status, updates(&world)), (200, 0));
    rename(&world, HARBOUR, "Haven");
    assert_eq!((gwen.get(REFRESH).await.status, updates(&world)), (200, 1));
    assert_eq!((gwen.get(REFRESH).await.status, updates(&world)), (200, 0));
    for odd in [Some(text("an old hash")), Some(number(1))] {
        change(&app, &format!("guild#{QUIET_COVE}"), [("icon", odd)]).await;
        assert_eq!((gwen.get(REFRESH).await.status, updates(&world)), (200, 1));
        let guilds = app.get(NAMED).await.json()["authorized_guilds"].clone();
        let cove = guilds.as_array().unwrap().iter().find(|guild| guild["name"] == "Quiet Cove").unwrap();
        assert_eq!(cove["icon_url"], json!(null));
    }
}

#[tokio::test]
async fn a_name_that_cannot_be_read_is_mended_by_the_next_list() {
    let world = World::new().await;
    let (anna, app) = (world.sign_in(ANNA).await, daves_app(&world, "An app").await);
    anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await;
    let whole = kept_on(&app, LIGHTHOUSE).await.unwrap();
    for odd in [None, Some(number(1))] {
        change(&app, &format!("guild#{LIGHTHOUSE}"), [("name", odd)]).await;
        assert_eq!(app.get(NAMED).await.status, 200);
        assert_eq!(anna.get(REFRESH).await.status, 200);
        assert_eq!(kept_on(&app, LIGHTHOUSE).await.unwrap(), whole);
        assert_eq!(names(&app).await, ["Lighthouse"]);
    }
}

#[tokio::test]
async fn freshening_that_fails_harms_nothing() {
    let world = World::new().await;
    let (anna, app) = (settled(&world, ANNA).await, daves_app(&world, "An app").await);
    anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await;
    rename(&world, LIGHTHOUSE, "Lantern");

    // The only updates of this request are those of names.
    world.wire.fail("UpdateItem", Fault::ServerError, 100);
    let listed = anna.get(&of_guild(LIGHTHOUSE)).await;
    assert_eq!((listed.status, ids(&listed.json()["authorizations"], "app_id").len()), (200, 1));
    world.wire.heal();
    assert_eq!(names(&app).await, ["Lighthouse"]);

    // And the only query of this one.
    world.wire.fail("Query", Fault::Throttled, 100);
    let list = anna.get(REFRESH).await.json();
    assert_eq!((&list["stale"], &list["guilds"][0]["name"]), (&json!(false), &json!("Lantern")));
    world.wire.heal();
    assert_eq!(names(&app).await, ["Lighthouse"]);

    // Of this one's three updates the one in the middle fails, between taking the right to fetch and keeping the list.
    let hold = world.wire.hold("Query");
    let (list, ()) = tokio::join!(anna.get(REFRESH), async {
        hold.arrived().await;
        world.wire.fail("UpdateItem", Fault::Denied, 1);
        drop(hold);
    });
    assert_eq!((list.status, &list.json()["stale"]), (200, &json!(false)));
    assert_eq!((names(&app).await, updates(&world) > 0), (vec!["Lighthouse".to_owned()], false));

    assert_eq!(anna.get(REFRESH).await.status, 200);
    assert_eq!(names(&app).await, ["Lantern"], "the next one makes up for it");
}

#[tokio::test]
async fn a_name_that_comes_late_brings_nothing_back() {
    let world = World::new().await;
    let (anna, app) = (settled(&world, ANNA).await, daves_app(&world, "An app").await);
    anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await;
    rename(&world, LIGHTHOUSE, "Lantern");
    let (list, hold) = (of_guild(LIGHTHOUSE), world.wire.hold("UpdateItem"));
    let (listed, ()) = tokio::join!(anna.get(&list), async {
        hold.arrived().await;
        assert_eq!(app.post(&format!("/app/deauthorize?guildId={LIGHTHOUSE}")).await.status, 200);
        drop(hold);
    });
    assert_eq!(listed.json(), json!({"authorizations": [], "next": null}));
    assert_eq!(kept_on(&app, LIGHTHOUSE).await, None);
}
