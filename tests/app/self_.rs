//! `GET /app`: who the app is, and where it is authorized.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use expect_test::expect;
use serde_json::json;

use crate::authorizations::*;
use crate::world::*;

/// An app of Anna's that is authorized on Lighthouse and on so many guilds more, and all of their ids in the order of the list.
async fn on_guilds(world: &World, more: u64) -> (TestApp<'_>, Vec<String>) {
    let anna = world.sign_in(ANNA).await;
    let app = anna.register("An app").await;
    assert_eq!(anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    let first = 900_000_000_000_000_000;
    spread(world, &kept_on(&app, LIGHTHOUSE).await.unwrap(), first..first + more).await;
    let mut ids: Vec<_> = (first..first + more).chain([LIGHTHOUSE]).map(|id| id.to_string()).collect();
    ids.sort();
    (app, ids)
}

fn guilds(page: &Answer) -> Vec<String> {
    ids(&page.json()["authorized_guilds"], "guild_id")
}

/// The pages of that size, until there is no next one.
async fn pages(app: &TestApp<'_>, limit: usize) -> Vec<Vec<String>> {
    let (mut pages, mut path) = (Vec::new(), format!("/app?limit={limit}"));
    loop {
        let page = app.get(&path).await;
        pages.push(guilds(&page));
        let Some(next) = page.json()["next"].as_str().map(str::to_owned) else { return pages };
        path = format!("/app?limit={limit}&cursor={next}");
    }
}

#[tokio::test]
async fn shows_the_app_and_its_guilds() {
    let world = World::new().await;
    let (anna, gwen, app) = (world.sign_in(ANNA).await, world.sign_in(GWEN).await, daves_app(&world, "An app").await);
    expect![[r#"200 {"app":{"created_at":"NOW","id":"APP","logo_url":null,"name":"An app","owner_id":"697645025269751825","private":false,"trusted":false,"verified":false},"authorized_guilds":[],"next":null}"#]]
    .assert_eq(&shown(&app, &app.get("/app").await));
    anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES", "MANAGE_CASES"]).await;
    gwen.put(&on_guild(&app, HARBOUR), json!({"permissions": ["VIEW_SETTINGS"], "expiry": 9_000_000_000_000_u64}))
        .await;
    for (query, expected) in [
        (
            "",
            expect![[
                r#"[{"expiry":null,"guild_id":"272120529715212344","permissions":["VIEW_CASES","MANAGE_CASES"]},{"expiry":"9999-12-31T23:59:59Z","guild_id":"973762418583175242","permissions":["VIEW_SETTINGS"]}]"#
            ]],
        ),
        (
            "?withGuildNames=false",
            expect![[
                r#"[{"expiry":null,"guild_id":"272120529715212344","permissions":["VIEW_CASES","MANAGE_CASES"]},{"expiry":"9999-12-31T23:59:59Z","guild_id":"973762418583175242","permissions":["VIEW_SETTINGS"]}]"#
            ]],
        ),
        (
            "?withGuildNames=true",
            expect![[
                r#"[{"expiry":null,"guild_id":"272120529715212344","icon_url":"https://cdn.discordapp.com/icons/272120529715212344/a_f78426a064bc9dd24847519259bc42af.gif","name":"Lighthouse","permissions":["VIEW_CASES","MANAGE_CASES"]},{"expiry":"9999-12-31T23:59:59Z","guild_id":"973762418583175242","icon_url":null,"name":"Harbour","permissions":["VIEW_SETTINGS"]}]"#
            ]],
        ),
    ] {
        let answer = app.get(&format!("/app{query}")).await.json();
        expected.assert_eq(&answer["authorized_guilds"].to_string());
        assert_eq!((&answer["app"]["id"], &answer["next"]), (&json!(app.id), &json!(null)), "{query}");
    }
}

#[tokio::test]
async fn a_parameter_is_what_it_has_to_be_or_the_whole_request_is_refused() {
    let world = World::new().await;
    let (app, _) = on_guilds(&world, 1).await;
    for (query, field) in [
        ("withGuildNames=yes", "withGuildNames"),
        ("withGuildNames=2", "withGuildNames"),
        ("withGuildNames=-1", "withGuildNames"),
        ("withGuildNames=t", "withGuildNames"),
        ("withGuildNames=", "withGuildNames"),
        ("withGuildNames", "withGuildNames"),
        ("withGuildNames=true%20", "withGuildNames"),
        ("withGuildNames=true,true", "withGuildNames"),
        ("withGuildNames=true&withGuildNames=true", "withGuildNames"),
        ("withGuildNames=false&withGuildNames=true", "withGuildNames"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("limit=+5", "limit"),
        ("limit=%2B5", "limit"),
        ("limit=abc", "limit"),
        ("limit=", "limit"),
        ("limit", "limit"),
        ("limit=1.0", "limit"),
        ("limit=1e2", "limit"),
        ("limit=%D9%A1", "limit"),
        ("limit=%FF", "limit"),
        ("limit=18446744073709551617", "limit"),
        ("limit=1&limit=1", "limit"),
    ] {
        let answer = world.leaves_nothing(app.get(&format!("/app?{query}"))).await;
        assert_eq!((answer.status, &answer.json()["field"]), (400, &json!(field)), "{query}");
    }
    for query in [
        "limit=1000",
        "limit=007",
        "with_guild_names=1",
        "withguildnames=1",
        "x=1&x=2",
        "&&",
        "limit=5&withGuildNames=true",
    ] {
        assert_eq!(guilds(&app.get(&format!("/app?{query}")).await).len(), 2, "{query}");
    }
    assert_eq!(guilds(&app.get("/app?%6Cimit=1").await).len(), 1, "a name may be encoded too");
    for (text, has_names) in
        [("True", true), ("TRUE", true), ("tRuE", true), ("1", true), ("False", false), ("FALSE", false), ("0", false)]
    {
        let guild = app.get(&format!("/app?withGuildNames={text}")).await.json()["authorized_guilds"][0].clone();
        assert_eq!(guild.get("name").is_some(), has_names, "{text}");
    }
}

#[tokio::test]
async fn many_guilds_come_page_by_page_each_once() {
    let world = World::new().await;
    let (app, all) = on_guilds(&world, 2_499).await;
    let thousands = pages(&app, 1000).await;
    assert_eq!(thousands.iter().map(Vec::len).collect::<Vec<_>>(), [1000, 1000, 500]);
    assert_eq!(thousands.concat(), all);
    let own = guilds(&app.get("/app").await);
    assert_eq!((own.len(), &own[..]), (1000, &all[..1000]), "a thousand unless it is said");
}

/// DynamoDB ends a query at 1 MB: a page goes on behind it, and ends before a function's answer is too long.
#[tokio::test]
async fn a_thousand_long_guilds_come_at_once_and_what_is_longer_still_comes_in_pages() {
    let world = World::new().await;
    let (app, all) = on_guilds(&world, 1_000).await;
    for (bytes, least) in [(1_500, 1000), (5_000, 500)] {
        let long = AttributeValue::Ss(vec!["VIEW_CASES".into(), "X".repeat(bytes)]);
        let one = kept_on(&app, LIGHTHOUSE).await.unwrap();
        let longer = Item::from_iter(one.into_iter().chain([("permissions".to_owned(), long)]));
        let others = all.iter().map(|id| id.parse().unwrap()).filter(|id: &u64| *id != LIGHTHOUSE);
        spread(&world, &longer, others.collect::<Vec<_>>()).await;
        let pages = pages(&app, 1000).await;
        assert!(pages[0].len() >= least, "{bytes}: {}", pages[0].len());
        assert_eq!(pages.concat(), all, "{bytes}");
    }
}

#[tokio::test]
async fn the_last_page_says_that_it_is_the_last() {
    let world = World::new().await;
    let (app, all) = on_guilds(&world, 5).await;
    for (limit, sizes) in [
        (1, vec![1; 6]),
        (2, vec![2, 2, 2]),
        (3, vec![3, 3]),
        (4, vec![4, 2]),
        (5, vec![5, 1]),
        (6, vec![6]),
        (7, vec![6]),
    ] {
        let pages = pages(&app, limit).await;
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), sizes, "{limit}");
        assert_eq!(pages.concat(), all, "{limit}");
    }
    let (app, all) = on_guilds(&world, 999).await;
    assert_eq!(pages(&app, 1000).await, [all]);
}

#[tokio::test]
async fn what_comes_and_goes_between_pages_costs_the_others_nothing() {
    let world = World::new().await;
    let (app, all) = on_guilds(&world, 40).await;
    let one = kept_on(&app, LIGHTHOUSE).await.unwrap();
    let give_back = |guild: &str| format!("/app/deauthorize?guildId={guild}");
    let (mut found, mut path, mut number) = (Vec::new(), "/app?limit=10".to_owned(), 0);
    loop {
        let page = app.get(&path).await;
        let here = guilds(&page);
        // One seen before goes, the one the next page begins after, and one not seen yet; one comes on either side.
        let last = &here[here.len() - 1];
        let ahead = all.iter().filter(|guild| *guild > last).nth(2);
        for gone in BTreeSet::from([&here[0], last]).into_iter().chain(ahead) {
            assert_eq!(app.post(&give_back(gone)).await.status, 200, "{gone}");
        }
        spread(&world, &one, [1000 + number, 950_000_000_000_000_000 + number]).await;
        number += 1;
        found.extend(here);
        let Some(next) = page.json()["next"].as_str().map(str::to_owned) else { break };
        path = format!("/app?limit=10&cursor={next}");
    }
    let once: BTreeSet<_> = found.iter().collect();
    assert_eq!(once.len(), found.len(), "none came twice");
    let stayed = guilds(&app.get("/app?limit=1000").await);
    assert!(all.iter().filter(|guild| stayed.contains(guild)).all(|guild| once.contains(guild)), "none was lost");
    assert!(number >= 4 && stayed.len() > 20, "{number} pages, {} stayed", stayed.len());
}
