//! What a call costs: round trips and capacity, at ten sessions in the table and at a hundred thousand.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use chrono::TimeDelta;
use serde_json::json;
use shared::context::Clock;
use shared::domain::SessionId;

use crate::world::*;

/// The operations since the last look, and their units.
fn cost(world: &World) -> (Vec<String>, f64, f64) {
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
    assert!(reads <= most_reads, "{called:?} read {reads} units");
    assert!(writes <= most_writes, "{called:?} wrote {writes} units");
    assert!(reads + writes > 0.0, "{called:?} reported no capacity");
}

async fn assert_budgets(world: &World) {
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    world.wire.forget();
    let anna = world.person(&world.exchange(json!({"code": code, "redirect_uri": WEB})).await);
    assert_cost(world, &["UpdateItem", "PutItem", "BatchGetItem", "TransactWriteItems"], 1.0, 10.0);

    anna.get("/sessions/@me").await;
    assert_cost(world, &["BatchGetItem", "UpdateItem"], 2.0, 1.0);
    anna.get("/sessions/@me").await;
    assert_cost(world, &["BatchGetItem"], 2.0, 0.0);

    anna.get("/sessions").await;
    assert_cost(world, &["BatchGetItem", "Query"], 3.0, 0.0);

    let token = anna.api_token(3600).await;
    assert_cost(world, &["BatchGetItem", "UpdateItem", "Query", "TransactWriteItems"], 3.0, 7.0);

    anna.delete(&format!("/sessions/{}", token.session_id)).await;
    assert_cost(world, &["BatchGetItem", "DeleteItem"], 2.0, 1.0);
    anna.delete(&format!("/sessions/{}", token.session_id)).await;
    assert_cost(world, &["BatchGetItem", "DeleteItem"], 2.0, 1.0);

    token.get("/sessions/@me").await;
    assert_cost(world, &["BatchGetItem"], 2.0, 0.0);

    anna.delete("/sessions").await;
    assert_cost(world, &["BatchGetItem", "UpdateItem"], 2.0, 1.0);
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

/// Sessions of a thousand other users.
async fn fill(world: &World, sessions: usize) {
    let table = format!("{}users", world.tables);
    let dynamodb = world.dynamodb();
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
    let put = |number| {
        WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(item(number))).build().unwrap()).build()
    };
    for batch in (0..sessions).collect::<Vec<_>>().chunks(25) {
        let write = dynamodb.batch_write_item().request_items(&table, batch.iter().copied().map(put).collect());
        let answer = write.send().await.unwrap();
        assert!(answer.unprocessed_items().is_none_or(HashMap::is_empty));
    }
}
