//! `GET /sessions`

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::context::Clock;

use crate::world::*;

type Item = HashMap<String, AttributeValue>;

#[tokio::test]
async fn shows_all_about_a_session_but_its_token() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.pass(TimeDelta::seconds(1));
    let answer = anna.post("/sessions", json!({"name": " Nightly backup ", "type": "api", "expiry": 60})).await;
    let token = world.person(&answer);

    let list = anna.get("/sessions").await;
    assert!(!contains_secret(&list.body) && !list.body.contains("hash"));
    let sessions = list.json()["sessions"].clone();
    assert_eq!(sessions[0]["id"], token.session_id, "newest first");
    assert_eq!((&sessions[0]["name"], &sessions[0]["type"]), (&json!("Nightly backup"), &json!("api")));
    assert_eq!((&sessions[0]["current"], &sessions[1]["current"]), (&json!(false), &json!(true)));
    assert_eq!((&sessions[0]["last_used_at"], &sessions[1]["name"]), (&json!(null), &json!(null)));
    assert_eq!(sessions[0]["expiry"], token.expiry);
    let keys: Vec<_> = sessions[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        ["created_at", "current", "expiry", "id", "last_used_at", "name", "type", "user_agent", "user_id"]
    );
}

#[tokio::test]
async fn is_exact_right_after_creating_and_deleting() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    assert_eq!(anna.session_ids().await, [anna.session_id.as_str()]);
    world.pass(TimeDelta::milliseconds(1));
    let token = anna.api_token(60).await;
    assert_eq!(anna.session_ids().await, [token.session_id.as_str(), &anna.session_id]);
    anna.delete(&format!("/sessions/{}", token.session_id)).await;
    assert_eq!(anna.session_ids().await, [anna.session_id.as_str()]);
}

#[tokio::test]
async fn leaves_out_what_has_expired_but_not_been_deleted() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let token = anna.api_token(60).await;
    world.pass(TimeDelta::seconds(60));
    assert_eq!(anna.session_ids().await, [anna.session_id.as_str()]);
    assert!(world.item(ANNA, &format!("session#{}", token.session_id)).await.is_some(), "it is still in the table");
}

#[tokio::test]
async fn holds_nobody_elses() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    assert_eq!(anna.session_ids().await, [anna.session_id.as_str()]);
    assert_eq!(ben.session_ids().await, [ben.session_id.as_str()]);
}

#[tokio::test]
async fn steps_over_an_item_that_cannot_be_read() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let token = anna.api_token(60).await;
    world.set(ANNA, &format!("session#{}", token.session_id), "expiry", Some(AttributeValue::S("odd".into()))).await;
    assert_eq!(anna.session_ids().await, [anna.session_id.as_str()]);
    assert!(!logged_lines("skipped malformed items").is_empty());
}

#[tokio::test]
async fn holds_a_thousand_without_being_asked() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.put_sessions(&anna, world.clock.now() - TimeDelta::hours(1), 999, |_| {}).await;
    let list = anna.get("/sessions").await.json();
    assert_eq!((ids(&list).len(), &list["next"]), (1000, &json!(null)));
    assert_eq!(ids(&list).iter().collect::<BTreeSet<_>>().len(), 1000);

    assert_eq!(anna.delete("/sessions").await.status, 204);
    let again = world.sign_in(ANNA).await;
    assert_eq!(again.session_ids().await, [again.session_id.as_str()], "one write ended a thousand");
}

fn ids(list: &Value) -> Vec<String> {
    let sessions = list["sessions"].as_array().unwrap_or_else(|| panic!("{list}"));
    sessions.iter().map(|session| session["id"].as_str().unwrap().to_owned()).collect()
}

/// The ids on each page of that length, from the first to the last.
async fn pages(person: &Person<'_>, limit: usize) -> Vec<Vec<String>> {
    let (mut pages, mut next) = (Vec::new(), Value::Null);
    loop {
        let cursor = next.as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
        let list = person.get(&format!("/sessions?limit={limit}{cursor}")).await.json();
        pages.push(ids(&list));
        next = list["next"].clone();
        if next.is_null() {
            return pages;
        }
    }
}

#[tokio::test]
async fn pages_hold_each_session_once_newest_first() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let mut all = world.put_sessions(&anna, world.clock.now() - TimeDelta::hours(1), 6, |_| {}).await;
    all.push(anna.session_id.clone());
    all.reverse();
    for limit in [1, 2, 3, 6, 7, 8, 1000] {
        let pages = pages(&anna, limit).await;
        assert_eq!(pages.concat(), all, "{limit}");
        assert_eq!(pages.len(), all.len().div_ceil(limit), "{limit}: no page is empty");
    }
}

#[tokio::test]
async fn a_page_steps_over_dead_sessions_and_is_full_nevertheless() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let hours = |hours| world.clock.now() - TimeDelta::hours(hours);
    let old = world.put_sessions(&anna, hours(5), 2, |_| {}).await;
    let long_ago = hours(3).timestamp();
    let expire = |item: &mut Item| {
        item.insert("expiry".into(), AttributeValue::N((long_ago * 1000).to_string()));
        item.insert("expires_at".into(), AttributeValue::N(long_ago.to_string()));
    };
    world.put_sessions(&anna, hours(4), 300, expire).await;
    let expected = [vec![anna.session_id.clone(), old[1].clone()], vec![old[0].clone()]];
    assert_eq!(pages(&anna, 2).await, expected);

    world.put_sessions(&anna, hours(3), 2000, expire).await;
    let pages = pages(&anna, 2).await;
    assert_eq!(pages.concat(), expected.concat(), "whatever lies between");
    assert!(pages.len() <= 4, "{}", pages.len());
}

#[tokio::test]
async fn the_longest_sessions_are_far_below_what_a_function_may_answer() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    // As they were kept before their bytes were bounded, and as names that JSON writes the longest.
    let lengthen = |item: &mut Item| {
        item.insert("user_agent".into(), AttributeValue::S("\\\"🦀".repeat(256)));
        item.insert("name".into(), AttributeValue::S("\"".repeat(64)));
    };
    world.put_sessions(&anna, world.clock.now() - TimeDelta::hours(1), 2100, lengthen).await;
    let answer = anna.get("/sessions?limit=1000").await;
    assert_eq!(ids(&answer.json()).len(), 1000);
    let in_an_event = serde_json::to_string(&answer.body).unwrap().len();
    assert!(in_an_event < 3_000_000, "{in_an_event}");
    assert_eq!(pages(&anna, 1000).await.concat().len(), 2101);
}

#[tokio::test]
async fn a_limit_that_is_none_is_refused() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    for limit in ["0", "1001", "-1", "1.5", "", "all", "99999999999999999999"] {
        let answer = anna.get(&format!("/sessions?limit={limit}")).await;
        assert_eq!((answer.status, &answer.json()["field"]), (400, &json!("limit")), "{limit}");
    }
}
