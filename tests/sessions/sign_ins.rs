//! A user's sign-ins beyond 200: the oldest give way.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use shared::context::Clock;

use crate::world::*;

type Item = HashMap<String, AttributeValue>;

fn make_api_token(item: &mut Item) {
    item.insert("type".into(), AttributeValue::S("api".into()));
}

#[tokio::test]
async fn the_oldest_sign_ins_beyond_two_hundred_are_deleted_at_a_sign_in() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let hours = |hours| world.clock.now() - TimeDelta::hours(hours);
    let tokens = world.put_sessions(&anna, hours(3), 50, make_api_token).await;
    let old = world.put_sessions(&anna, hours(2), 230, |_| {}).await;

    world.pass(TimeDelta::milliseconds(1));
    let newest = world.sign_in(ANNA).await;

    let mut left: Vec<_> = [&newest.session_id, &anna.session_id].map(String::clone).into();
    left.extend(old[32..].iter().rev().chain(tokens.iter().rev()).cloned());
    assert_eq!(newest.session_ids().await, left, "200 sign-ins, and every API token");
    assert!(anna.is_signed_in().await);
}

#[tokio::test]
async fn two_hundred_sign_ins_stay() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.put_sessions(&anna, world.clock.now() - TimeDelta::hours(2), 198, |_| {}).await;
    let browser = world.browser_of(ANNA).await;
    assert_eq!(browser.get("/sessions").await.json()["sessions"].as_array().unwrap().len(), 200);
    browser.get(&browser.back_from_discord("/", ANNA).await).await;
    assert_eq!(browser.get("/sessions").await.json()["sessions"].as_array().unwrap().len(), 200);
}

#[tokio::test]
async fn dead_sign_ins_take_nobodys_place() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let hours = |hours| world.clock.now() - TimeDelta::hours(hours);
    let old = world.put_sessions(&anna, hours(5), 3, |_| {}).await;
    let long_ago = hours(3).timestamp_millis().to_string();
    let expire = |item: &mut Item| drop(item.insert("expiry".into(), AttributeValue::N(long_ago.clone())));
    world.put_sessions(&anna, hours(4), 150, expire).await;
    let sign_out = |item: &mut Item| drop(item.insert("sign_outs".into(), AttributeValue::N("7".into())));
    world.put_sessions(&anna, hours(2), 150, sign_out).await;

    let newest = world.sign_in(ANNA).await;
    assert_eq!(newest.session_ids().await.len(), 5);
    assert!(newest.session_ids().await.ends_with(&[old[0].clone()]));
}

#[tokio::test]
async fn a_pile_is_worked_off_at_several_sign_ins() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.put_sessions(&anna, world.clock.now() - TimeDelta::hours(2), 420, |_| {}).await;
    for left in [322, 223, 200, 200] {
        world.pass(TimeDelta::milliseconds(1));
        assert_eq!(world.sign_in(ANNA).await.session_ids().await.len(), left);
    }
}

#[tokio::test]
async fn a_sign_in_is_done_whether_or_not_the_oldest_can_be_deleted() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.put_sessions(&anna, world.clock.now() - TimeDelta::hours(2), 210, |_| {}).await;
    for (operation, fault) in [
        ("Query", Fault::ServerError),
        ("Query", Fault::Empty),
        ("DeleteItem", Fault::Denied),
        ("DeleteItem", Fault::Reset),
    ] {
        world.wire.fail(operation, fault, 100);
        let newest = world.sign_in(ANNA).await;
        world.wire.heal();
        assert!(newest.is_signed_in().await, "{operation} {fault:?}");
        assert!(newest.session_ids().await.len() > 200, "{operation} {fault:?}");
    }
    assert_eq!(world.sign_in(ANNA).await.session_ids().await.len(), 200);
    assert!(!logged_lines("oldest sign-ins not deleted").is_empty());
}
