//! `GET`, `DELETE /guilds/{guild_id}/authorizations`

use expect_test::expect;
use local::stand_in::Route;
use serde_json::json;
use shared::context::Clock;
use shared::domain::AppId;

use super::*;

/// Copies an app and its authorization on Lighthouse, so many times over, to be put into the table.
async fn copies(app: &TestApp<'_>, count: u8) -> Vec<Item> {
    let (own, on_guild) = (kept(app, "app").await.unwrap(), kept_on(app, LIGHTHOUSE).await.unwrap());
    let id = |place| AppId::new(app.world.clock.now(), [place; 10]).to_string();
    let copies =
        (0..count).map(|place| [&own, &on_guild].map(|item| changed(item, [("app_id", Some(text(id(place))))])));
    copies.flatten().collect()
}

#[tokio::test]
async fn an_admin_sees_the_apps_on_their_guild() {
    let world = World::new().await;
    let (anna, cara, app) = (world.sign_in(ANNA).await, world.sign_in(CARA).await, daves_app(&world, "An app").await);
    assert_eq!(anna.get(&of_guild(LIGHTHOUSE)).await.json(), json!({"authorizations": [], "next": null}));
    anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await;
    for person in [&anna, &cara, &cara.api_token(60).await, &world.sign_in_to_app(BEN).await] {
        let asked = world.asked(Route::Guilds);
        let answer = person.get(&of_guild(LIGHTHOUSE)).await;
        expect![[r#"200 {"authorizations":[{"app":{"created_at":"NOW","id":"APP","logo_url":null,"name":"An app","owner_id":"697645025269751825","verified":false},"app_id":"APP","expiry":null,"granted_at":"NOW","granted_by":"158908186768937126","guild_id":"272120529715212344","permissions":["VIEW_CASES"]}],"next":null}"#]]
        .assert_eq(&shown(&app, &answer));
        assert_eq!(world.asked(Route::Guilds), asked + 1);
    }
}

#[tokio::test]
async fn nobody_else_sees_or_clears_them() {
    let world = World::new().await;
    let (anna, app) = (settled(&world, ANNA).await, daves_app(&world, "An app").await);
    anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await;
    for (user, code) in [(DAVE, "MissingPermission"), (FAY, "NotFound"), (GWEN, "NotFound")] {
        let person = settled(&world, user).await;
        let asked = world.asked(Route::Guilds);
        assert_eq!(world.leaves_nothing(person.get(&of_guild(LIGHTHOUSE))).await.code(), code, "{user}");
        assert_eq!(world.leaves_nothing(person.delete(&of_guild(LIGHTHOUSE))).await.code(), code, "{user}");
        assert_eq!(world.asked(Route::Guilds), asked + 2);
    }
    assert_eq!(world.leaves_nothing(anna.get(&of_guild(HARBOUR))).await.code(), "NotFound");
    assert_eq!(world.get(&of_guild(LIGHTHOUSE), &[]).await.status, 401);
    assert_eq!(app.get(&of_guild(LIGHTHOUSE)).await.code(), "Restricted");
}

#[tokio::test]
async fn a_long_list_comes_page_by_page() {
    let world = World::new().await;
    let (anna, gwen, app) = (world.sign_in(ANNA).await, world.sign_in(GWEN).await, daves_app(&world, "An app").await);
    anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await;
    gwen.authorize(&app, HARBOUR, &["VIEW_CASES"]).await;
    keep(&world, copies(&app, 119).await).await;
    let (first, whole) = (of_guild(LIGHTHOUSE), of_guild(LIGHTHOUSE) + "?limit=1000");
    let whole = ids(&anna.get(&whole).await.json()["authorizations"], "app_id");
    assert!(whole.is_sorted() && whole.contains(&app.id));
    for (limit, sizes) in [
        ("", vec![120]),
        ("limit=100", vec![100, 20]),
        ("limit=50", vec![50, 50, 20]),
        ("limit=60", vec![60, 60]),
        ("limit=120", vec![120]),
    ] {
        let (mut found, mut pages, mut query) = (Vec::new(), Vec::new(), limit.to_owned());
        loop {
            let page = anna.get(&format!("{first}?{query}")).await.json();
            pages.push(page["authorizations"].as_array().unwrap().len());
            found.extend(ids(&page["authorizations"], "app_id"));
            let Some(next) = page["next"].as_str() else { break };
            query = format!("{limit}&cursor={next}");
            assert_eq!(gwen.get(&format!("{}?cursor={next}", of_guild(HARBOUR))).await.json()["field"], "cursor");
        }
        assert_eq!((&found, pages), (&whole, sizes), "{limit}");
    }
    let asked = world.asked(Route::Guilds);
    for query in ["limit=0", "limit=1001", "limit=-1", "limit=x", "limit=", "cursor=", "cursor=AAAA", "limit=1&limit=2"]
    {
        let field = &query[..query.find('=').unwrap()];
        assert_eq!(anna.get(&format!("{first}?{query}")).await.json()["field"], field, "{query}");
    }
    assert_eq!(world.asked(Route::Guilds), asked, "malformed before anybody is asked");
}

#[tokio::test]
async fn a_list_holds_what_the_table_says_and_not_what_the_index_says() {
    let world = World::new().await;
    let (anna, app) = (world.sign_in(ANNA).await, daves_app(&world, "An app").await);
    anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await;
    let mut items = copies(&app, 3).await;
    let names: Vec<_> = items.iter().step_by(2).map(|item| item["app_id"].as_s().unwrap().clone()).collect();
    // Of an app that is gone, and of one that is about to be; the third is as it should be.
    items[2] = changed(&items[2], [("ended_at", Some(number(1))), ("token_hash", None)]);
    items.remove(0);
    keep(&world, items).await;
    let page = anna.get(&format!("{}?limit=1000", of_guild(LIGHTHOUSE))).await.json();
    let mut expected = vec![app.id.clone(), names[2].clone()];
    expected.sort();
    assert_eq!(ids(&page["authorizations"], "app_id"), expected);
}

#[tokio::test]
async fn clearing_a_guild_clears_all_of_it_and_nothing_else() {
    let world = World::new().await;
    let (anna, ben, gwen) = (world.sign_in(ANNA).await, world.sign_in(BEN).await, world.sign_in(GWEN).await);
    let app = daves_app(&world, "An app").await;
    assert_eq!(anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    assert_eq!(anna.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
    assert_eq!(gwen.authorize(&app, HARBOUR, &["VIEW_CASES"]).await.status, 201);
    keep(&world, copies(&app, 119).await).await;
    let of_lighthouse = format!("guild#{LIGHTHOUSE}");
    let count = async || world.everything().await.iter().filter(|item| item.contains(&of_lighthouse)).count();
    assert_eq!(count().await, 120);

    let asked = world.asked(Route::Guilds);
    assert_eq!(ben.delete(&of_guild(LIGHTHOUSE)).await.status, 204);
    assert_eq!((count().await, world.asked(Route::Guilds)), (0, asked + 1));
    assert!(app.may(LIGHTHOUSE).await.is_empty());
    assert_eq!(app.may(HARBOUR).await, ["VIEW_CASES"]);
    assert_eq!(app.may_for(ANNA).await, ["READ_PROFILE"]);
    assert_eq!(anna.get(&of_guild(LIGHTHOUSE)).await.json(), json!({"authorizations": [], "next": null}));
    assert_eq!(ben.delete(&of_guild(LIGHTHOUSE)).await.status, 204, "again is as good as once");
    assert_eq!(anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
}
