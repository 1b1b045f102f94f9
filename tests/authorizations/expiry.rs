//! An authorization is dead at its moment, whether or not DynamoDB has deleted it; and so is one that cannot be read.

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use serde_json::json;
use shared::context::Clock;

use super::*;

/// An app that Anna has authorized for a minute, on Lighthouse and for herself.
async fn for_a_minute<'w>(world: &'w World, anna: &Person<'_>) -> TestApp<'w> {
    let app = daves_app(world, "An app").await;
    for (path, permission) in [(on_guild(&app, LIGHTHOUSE), "VIEW_CASES"), (for_me(&app), "READ_PROFILE")] {
        let answer = anna.put(&path, json!({"permissions": [permission], "expiry": 60})).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    app
}

/// In how many places it shows: both answers to the app, and all three lists.
async fn shows(anna: &Person<'_>, app: &TestApp<'_>) -> usize {
    let lists = [
        app.get("/app").await.json()["authorized_guilds"].clone(),
        anna.get(&of_guild(LIGHTHOUSE)).await.json()["authorizations"].clone(),
        anna.get("/users/@me/authorizations").await.json()["authorizations"].clone(),
    ];
    let listed: usize = lists.iter().map(|list| list.as_array().unwrap().len()).sum();
    listed + app.may(LIGHTHOUSE).await.len() + app.may_for(ANNA).await.len()
}

#[tokio::test]
async fn it_lives_until_its_moment_and_not_a_millisecond_longer() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let app = for_a_minute(&world, &anna).await;
    let expiry = json!(world.clock.now() + TimeDelta::seconds(60));
    world.pass(TimeDelta::milliseconds(59_999));
    assert_eq!(shows(&anna, &app).await, 5);
    assert_eq!(app.get(&format!("/app/guilds/{LIGHTHOUSE}")).await.json()["expiry"], expiry);
    world.pass(TimeDelta::milliseconds(1));
    assert_eq!(shows(&anna, &app).await, 0);
    assert!(kept_on(&app, LIGHTHOUSE).await.is_some(), "though it is still in the table");
}

#[tokio::test]
async fn what_has_expired_is_taken_back_by_nobody_and_can_be_granted_again() {
    let world = World::new().await;
    let (anna, ben) = (settled(&world, ANNA).await, settled(&world, BEN).await);
    let app = for_a_minute(&world, &anna).await;
    world.pass(TimeDelta::seconds(60));
    for answer in [
        world.leaves_nothing(anna.deauthorize(&app, LIGHTHOUSE)).await,
        world.leaves_nothing(ben.deauthorize(&app, LIGHTHOUSE)).await,
        world.leaves_nothing(anna.delete(&for_me(&app))).await,
        world.leaves_nothing(app.post(&format!("/app/deauthorize?guildId={LIGHTHOUSE}"))).await,
        world.leaves_nothing(app.post(&format!("/app/deauthorize?userId={ANNA}"))).await,
    ] {
        assert_eq!((answer.status, answer.code().as_str()), (404, "NotFound"));
    }
    assert_eq!(ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    assert_eq!(anna.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
    assert_eq!(shows(&anna, &app).await, 5);
    world.pass(TimeDelta::days(1) - TimeDelta::minutes(1));
    assert_eq!(app.may(LIGHTHOUSE).await, ["VIEW_CASES"], "this time without an end");
    let again = kept_on(&app, LIGHTHOUSE).await.unwrap();
    assert!(!again.contains_key("expires_at") && !again.contains_key("expiry"), "nor one that DynamoDB would make");
}

#[tokio::test]
async fn dynamodb_is_told_when_it_may_delete_and_never_too_early() {
    let world = World::new().await;
    for millis in [0, 1, 998] {
        let anna = world.sign_in(ANNA).await;
        world.clock.set(world.clock.now() + TimeDelta::milliseconds(1000 + millis));
        let app = for_a_minute(&world, &anna).await;
        let expiry = (world.clock.now() + TimeDelta::seconds(60)).timestamp_millis();
        let seconds = (expiry + 999) / 1000;
        let of_anna = format!("user#{ANNA}");
        for item in [
            kept_on(&app, LIGHTHOUSE).await.unwrap(),
            kept(&app, &of_anna).await.unwrap(),
            world.item(ANNA, &format!("authorized#{}", app.id)).await.unwrap(),
        ] {
            assert_eq!((&item["expiry"], &item["expires_at"]), (&number(expiry), &number(seconds)));
        }
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_not_there_and_lists_step_over_it() {
    let world = World::new().await;
    let gwen = settled(&world, GWEN).await;
    let app = daves_app(&world, "An app").await;
    let body = json!({"permissions": ["VIEW_CASES"], "expiry": 3600});
    for guild in [HARBOUR, QUIET_COVE] {
        assert_eq!(gwen.put(&on_guild(&app, guild), body.clone()).await.status, 201);
    }
    let (whole, poison) = (kept_on(&app, HARBOUR).await.unwrap(), format!("guild#{HARBOUR}"));
    for (attribute, value) in [
        ("expiry", None),
        ("expires_at", None),
        ("expiry", Some(text("4102444800000"))),
        ("expiry", Some(AttributeValue::Null(true))),
        ("expiry", Some(number(i64::MAX))),
        ("expires_at", Some(text("4102444800"))),
        ("expires_at", Some(number(i64::MAX))),
        ("permissions", None),
        ("permissions", Some(text("VIEW_CASES"))),
        ("permissions", Some(AttributeValue::L(vec![text("VIEW_CASES")]))),
        ("granted_by", None),
        ("granted_by", Some(text("gwen"))),
        ("granted_at", None),
        ("granted_at", Some(text("today"))),
    ] {
        change(&app, &poison, [(attribute, value.clone())]).await;
        let before = logged_lines(&app.id).len();
        assert!(app.may(HARBOUR).await.is_empty(), "{attribute} {value:?}");
        let listed = app.get("/app").await;
        assert_eq!(listed.status, 200, "{attribute} {value:?}: {}", listed.text());
        assert_eq!(ids(&listed.json()["authorized_guilds"], "guild_id"), [QUIET_COVE.to_string()]);
        let on_guild = gwen.get(&of_guild(HARBOUR)).await;
        assert_eq!(on_guild.json(), json!({"authorizations": [], "next": null}), "{attribute} {value:?}");
        let lines = logged_lines(&app.id).split_off(before);
        assert!(lines.iter().any(|line| line.contains("skipped malformed items")), "{attribute}: {lines:#?}");

        let again = gwen.put(&super::on_guild(&app, HARBOUR), body.clone()).await;
        assert_eq!((again.status, app.may(HARBOUR).await.len()), (201, 1), "{attribute} {value:?}");
    }
    assert_eq!(kept_on(&app, HARBOUR).await.unwrap(), whole, "granting it again mends it");

    let sooner = (world.clock.now() + TimeDelta::seconds(10)).timestamp();
    change(&app, &poison, [("expires_at", Some(number(sooner)))]).await;
    assert_eq!(app.may(HARBOUR).await.len(), 1);
    world.pass(TimeDelta::seconds(10));
    assert!(app.may(HARBOUR).await.is_empty(), "the sooner of two ends is the end");
}

#[tokio::test]
async fn what_cannot_be_read_of_a_users_is_not_there_either() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let (app, of_anna) = (for_a_minute(&world, &anna).await, format!("user#{ANNA}"));
    for (attribute, value) in [("expiry", None), ("expires_at", None), ("permissions", Some(number(1)))] {
        change(&app, &of_anna, [(attribute, value)]).await;
        assert!(app.may_for(ANNA).await.is_empty(), "{attribute}");
        let list = anna.get("/users/@me/authorizations").await;
        assert_eq!(list.json(), json!({"authorizations": [], "next": null}), "{attribute}");
        assert_eq!(anna.put(&for_me(&app), json!({"permissions": ["READ_PROFILE"], "expiry": 60})).await.status, 201);
    }
}
