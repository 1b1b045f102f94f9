//! What a call costs: round trips and capacity, at ten sessions in the table and at a hundred thousand.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use serde_json::json;
use shared::context::Clock;
use shared::domain::SessionId;

use crate::world::*;

/// The operations since the last look, and their units.
pub(crate) fn cost(world: &World) -> (Vec<String>, f64, f64) {
    let calls = world.wire.calls();
    world.wire.forget();
    assert!(calls.iter().all(|call| call.is_consistent), "a decision was read from a stale copy: {calls:?}");
    let is_read = |call: &&Call| matches!(call.operation.as_str(), "BatchGetItem" | "GetItem" | "Query");
    let reads = calls.iter().filter(is_read).map(|call| call.units).sum();
    let writes = calls.iter().filter(|call| !is_read(call)).map(|call| call.units).sum();
    (calls.into_iter().map(|call| call.operation).collect(), reads, writes)
}

#[track_caller]
fn assert_cost(world: &World, operations: &[&str], most_reads: f64, most_writes: f64) {
    let (called, reads, writes) = cost(world);
    assert_eq!(called, operations);
    // AWS's engine for laptops counts at least four units for each table of a transaction, whatever is in it.
    let is_miscounted = engine_of_environment().is_some() && operations.contains(&"TransactWriteItems");
    let most_writes = if is_miscounted { most_writes + 8.0 } else { most_writes };
    assert!(reads <= most_reads, "{called:?} read {reads} units");
    assert!(writes <= most_writes, "{called:?} wrote {writes} units");
    // And nothing for items that are not there.
    assert!(reads + writes > 0.0 || engine_of_environment().is_some(), "{called:?} reported no capacity");
}

async fn assert_budgets(world: &World) {
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    world.wire.forget();
    let anna = world.person(&world.exchange(json!({"code": code, "redirect_uri": WEB})).await);
    let called = [
        "UpdateItem",
        "UpdateItem",
        "BatchGetItem",
        "PutItem",
        "UpdateItem",
        "BatchGetItem",
        "TransactWriteItems",
        "Query",
    ];
    assert_cost(world, &called, 3.0, 10.0);

    anna.get("/sessions/@me").await;
    assert_cost(world, &["BatchGetItem", "UpdateItem"], 2.0, 1.0);
    anna.get("/sessions/@me").await;
    assert_cost(world, &["BatchGetItem"], 2.0, 0.0);

    anna.get("/sessions").await;
    assert_cost(world, &["BatchGetItem", "Query"], 3.0, 0.0);

    let token = anna.api_token(3600).await;
    assert_cost(
        world,
        &["BatchGetItem", "UpdateItem", "TransactWriteItems", "Query", "TransactWriteItems"],
        3.0,
        1.0 + 4.0 + 7.0,
    );

    anna.delete(&format!("/sessions/{}", token.session_id)).await;
    assert_cost(world, &["BatchGetItem", "DeleteItem"], 2.0, 1.0);
    anna.delete(&format!("/sessions/{}", token.session_id)).await;
    assert_cost(world, &["BatchGetItem", "DeleteItem"], 2.0, 1.0);

    token.get("/sessions/@me").await;
    assert_cost(world, &["BatchGetItem"], 2.0, 0.0);

    anna.delete("/sessions").await;
    assert_cost(world, &["BatchGetItem", "UpdateItem"], 2.0, 1.0);
}

/// What apps ask, at whatever number of guilds.
async fn assert_budgets_of_apps(world: &World, app: &TestApp<'_>) {
    world.wire.forget();
    let first = app.get("/app?limit=100").await.json();
    assert_cost(world, &["BatchGetItem", "Query"], 1.0 + 5.0, 0.0);
    let next = first["next"].as_str().unwrap();
    let second = app.get(&format!("/app?limit=100&withGuildNames=true&cursor={next}")).await.json();
    assert_cost(world, &["BatchGetItem", "Query"], 1.0 + 5.0, 0.0);
    for page in [&first, &second] {
        assert_eq!(page["authorized_guilds"].as_array().unwrap().len(), 100);
    }

    assert_eq!(app.may(FIRST_GUILD).await.len(), 1);
    assert_cost(world, &["BatchGetItem"], 2.0, 0.0);
    assert_eq!(app.get("/app/guilds/1").await.status, 404);
    assert_cost(world, &["BatchGetItem"], 2.0, 0.0);
    assert_eq!(app.get("/app/users/1").await.status, 404);
    assert_cost(world, &["BatchGetItem"], 3.0, 0.0);
    assert_eq!(app.post(&format!("/app/deauthorize?guildId={FIRST_GUILD}")).await.status, 200);
    assert_cost(world, &["BatchGetItem", "TransactWriteItems"], 1.0, 7.0);
}

#[tokio::test]
async fn apps_keep_their_budgets_at_three_hundred_guilds() {
    let world = World::with(&[]).await;
    let app = world.sign_in(ANNA).await.register("An app").await;
    authorize_on(&world, &app, 300).await;
    assert_budgets_of_apps(&world, &app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apps_keep_their_budgets_at_a_hundred_thousand_guilds() {
    let world = World::with(&[]).await;
    let app = world.sign_in(ANNA).await.register("An app").await;
    authorize_on(&world, &app, 100_000).await;
    assert_budgets_of_apps(&world, &app).await;
}

#[tokio::test]
async fn developers_and_admins_keep_their_budgets() {
    let world = World::with(&[]).await;
    let anna = world.sign_in(ANNA).await;
    let app = anna.register("An app").await;
    let path = format!("/apps/{}", app.id);
    anna.get("/sessions/@me").await;
    world.wire.forget();

    let other = anna.register("Another").await;
    assert_cost(&world, &["BatchGetItem", "UpdateItem", "TransactWriteItems"], 2.0, 1.0 + 4.0);
    anna.get("/apps").await;
    assert_cost(&world, &["BatchGetItem", "BatchGetItem"], 4.0, 0.0);
    anna.get(&path).await;
    assert_cost(&world, &["BatchGetItem", "BatchGetItem"], 3.0, 0.0);
    anna.patch(&path, json!({"name": "Renamed"})).await;
    assert_cost(&world, &["BatchGetItem", "UpdateItem", "TransactWriteItems", "BatchGetItem"], 3.0, 1.0 + 4.0);
    anna.post_raw(&format!("{path}/token"), None, "").await;
    assert_cost(&world, &["BatchGetItem", "BatchGetItem", "UpdateItem", "TransactWriteItems"], 3.0, 1.0 + 4.0);
    anna.put(&format!("{path}/verified"), json!({"verified": true})).await;
    assert_cost(&world, &["BatchGetItem", "UpdateItem"], 2.0, 1.0);

    // The one guild that Anna manages is looked up in the index, for its name.
    assert_eq!(anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    let called = ["BatchGetItem", "BatchGetItem", "UpdateItem", "BatchGetItem", "Query", "TransactWriteItems"];
    assert_cost(&world, &called, 2.0 + 2.0 + 2.0 + 0.5, 1.0 + 8.0);
    assert_eq!(anna.get(&format!("/guilds/{LIGHTHOUSE}/authorizations")).await.status, 200);
    // The first in its window: the count makes an item, on the condition that the account is there.
    let called = ["BatchGetItem", "UpdateItem", "TransactWriteItems", "BatchGetItem", "Query", "Query", "BatchGetItem"];
    assert_cost(&world, &called, 2.0 + 2.0 + 1.0 + 2.0, 1.0 + 4.0);
    assert_eq!(anna.deauthorize(&app, LIGHTHOUSE).await.status, 204);
    assert_cost(&world, &["BatchGetItem", "UpdateItem", "TransactWriteItems"], 2.0, 1.0 + 6.0);

    assert_eq!(anna.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
    assert_cost(&world, &["BatchGetItem", "BatchGetItem", "UpdateItem", "TransactWriteItems"], 5.0, 1.0 + 8.0);
    anna.get("/users/@me/authorizations").await;
    assert_cost(&world, &["BatchGetItem", "Query", "BatchGetItem"], 5.0, 0.0);
    assert_eq!(anna.delete(&format!("/apps/{}/users/@me", app.id)).await.status, 204);
    assert_cost(&world, &["BatchGetItem", "UpdateItem", "TransactWriteItems"], 2.0, 1.0 + 6.0);

    assert_eq!(anna.delete(&format!("/apps/{}", other.id)).await.status, 204);
    let called = ["BatchGetItem", "UpdateItem", "TransactWriteItems", "Query", "TransactWriteItems"];
    assert_cost(&world, &called, 3.0, 1.0 + 4.0 + 4.0);
    anna.get("/permissions").await;
    assert!(world.wire.calls().is_empty());
}

#[tokio::test]
async fn calls_keep_their_budgets_at_ten_sessions() {
    let world = World::with(&[]).await;
    fill(&world, 10).await;
    assert_budgets(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_keep_their_budgets_at_a_hundred_thousand_sessions() {
    let world = World::with(&[]).await;
    fill(&world, 100_000).await;
    assert_budgets(&world).await;
}

#[tokio::test]
async fn what_is_refused_early_costs_nothing() {
    let world = World::with(&[]).await;
    world.get("/sessions/@me", &[]).await;
    world.get_with("/sessions/@me", "Bearer gpl_x").await;
    world.get("/oauth2/authorize", &[("redirect_uri", WEB)]).await;
    world.get("/no/such/route", &[]).await;
    world.exchange(json!({"code": "a b", "redirect_uri": WEB})).await;
    world.exchange(json!({"code": "any", "redirect_uri": "https://evil.example"})).await;
    assert_eq!(world.wire.calls().len(), 0);
}

#[tokio::test]
async fn asking_for_the_tables_costs_one_read_of_each() {
    let world = World::with(&[]).await;
    world.get("/health", &[]).await;
    assert!(world.wire.calls().is_empty());
    world.get("/health?deep=true", &[]).await;
    assert_cost(&world, &["BatchGetItem"], 3.0, 0.0);
}

#[tokio::test]
async fn noting_a_use_costs_one_unit_in_five_minutes() {
    let world = World::with(&[]).await;
    let anna = world.sign_in(ANNA).await;
    world.wire.forget();
    for _ in 0..30 {
        anna.get("/sessions/@me").await;
        world.pass(TimeDelta::seconds(19));
    }
    let (called, _, writes) = cost(&world);
    assert_eq!(called.iter().filter(|operation| *operation == "UpdateItem").count(), 2, "{called:?}");
    assert!(writes <= 2.0);
}

/// The first of an app's guilds.
const FIRST_GUILD: u64 = 900_000_000_000_000_000;

/// Authorizations of an app on that many guilds.
pub(crate) async fn authorize_on(world: &World, app: &TestApp<'_>, guilds: u64) {
    let text = |text: String| AttributeValue::S(text);
    let item = |number: u64| -> HashMap<String, AttributeValue> {
        let guild = FIRST_GUILD + number;
        HashMap::from([
            ("app_id".into(), text(app.id.clone())),
            ("item".into(), text(format!("guild#{guild}"))),
            ("guild_id".into(), text(guild.to_string())),
            ("permissions".into(), AttributeValue::Ss(vec!["VIEW_CASES".into()])),
            ("granted_by".into(), text(ANNA.to_string())),
            ("granted_at".into(), AttributeValue::N(world.clock.now().timestamp_millis().to_string())),
            ("name".into(), text(format!("Guild {number}"))),
            ("icon".into(), AttributeValue::Null(true)),
        ])
    };
    world.put_all("apps", (0..guilds).map(item)).await;
}

/// Sessions of a thousand other users.
async fn fill(world: &World, sessions: usize) {
    let now = world.clock.now();
    let item = |number: usize| -> HashMap<String, AttributeValue> {
        let id = SessionId::new(now, number.to_be_bytes().repeat(2)[..10].try_into().unwrap());
        let expiry = (now + TimeDelta::days(14)).timestamp();
        let text = |text: String| AttributeValue::S(text);
        let digits = |number: i64| AttributeValue::N(number.to_string());
        HashMap::from([
            ("user_id".into(), text((1000 + number % 1000).to_string())),
            ("item".into(), text(format!("session#{id}"))),
            ("token_hash".into(), AttributeValue::B(vec![7; 32].into())),
            ("type".into(), text("app_login".into())),
            ("created_at".into(), digits(now.timestamp_millis())),
            ("expiry".into(), digits(expiry * 1000)),
            ("expires_at".into(), digits(expiry)),
            ("sign_outs".into(), digits(0)),
        ])
    };
    world.put_all("users", (0..sessions).map(item)).await;
}
