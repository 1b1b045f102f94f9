//! The audit: what it lists and counts, and that it does so once, whoever runs it how often.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use lambda_http::{Context as Invocation, LambdaEvent};
use local::functions::EVENT_FUNCTIONS;
use serde_json::{Value, json};
use shared::Context;
use shared::audit::{AuditError, Progress, SEGMENTS, Summary, Watch};
use shared::config::Variables;
use shared::context::Clock as _;
use shared::domain::AuditName;
use shared::event::EventFunction;

use crate::world::*;

/// A folder for one test, gone after it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn of(world: &World) -> Self {
        Self(std::env::temp_dir().join(format!("guildpass-audit-{}", world.tables)))
    }

    /// Every line of an audit's files, sorted.
    fn lines(&self, audit: &str) -> Vec<Value> {
        let mut lines: Vec<String> = self
            .files(audit)
            .iter()
            .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
            .flat_map(|path| std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        lines.sort();
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn summary(&self, audit: &str) -> Value {
        let path = self.0.join("sessions").join(audit).join("summary.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    fn files(&self, audit: &str) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.0.join("sessions").join(audit)).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Not there if nothing was written.
        let _absent = std::fs::remove_dir_all(&self.0);
    }
}

fn function() -> &'static EventFunction {
    EVENT_FUNCTIONS.iter().find(|function| function.name == "session-audit").unwrap()
}

pub(crate) fn context(world: &World, folder: &Path) -> Context {
    context_with(world, ("AUDIT_FOLDER", folder.to_str().unwrap()))
}

pub(crate) fn context_with(world: &World, output: (&str, &str)) -> Context {
    Context::new("session-audit", function().needs, &world.outside(Variables::from([output]))).unwrap()
}

/// Counts what it is told, and ends the time after so many stretches.
#[derive(Default)]
struct Watcher {
    items: AtomicU64,
    ended: Mutex<Vec<Summary>>,
    clock: Option<(std::sync::Arc<TestClock>, TimeDelta)>,
}

impl Watch for Watcher {
    fn walked(&self, items: u64) {
        self.items.fetch_add(items, Ordering::Relaxed);
        if let Some((clock, time)) = &self.clock {
            clock.pass(*time);
        }
    }

    fn ended(&self, summary: &Summary) {
        self.ended.lock().unwrap().push(summary.clone());
    }
}

fn never() -> DateTime<Utc> {
    DateTime::from_timestamp(253_402_300_799, 0).unwrap()
}

fn name() -> AuditName {
    "example".parse().unwrap()
}

pub(crate) async fn audit(world: &World, folder: &Folder) -> Value {
    audit_by(&context(world, folder.path())).await
}

pub(crate) async fn audit_by(context: &Context) -> Value {
    match context.audit(&name(), SEGMENTS, never(), &Watcher::default()).await.unwrap() {
        Progress::Ended(summary) => serde_json::from_str(&summary).unwrap(),
        Progress::Unfinished(_) => panic!("unfinished"),
    }
}

/// Puts sessions into the table as they would stand there, so many of each of some users.
async fn put_sessions(world: &World, users: u64, each: u64) {
    put_sessions_with(world, users, each, &[]).await;
}

/// The same with something more in each session.
async fn put_sessions_with(world: &World, users: u64, each: u64, more: &[(&str, AttributeValue)]) {
    let now = world.clock.now().timestamp();
    let account = [("state", AttributeValue::S("normal".into())), ("sign_outs", number(0))];
    let session = [
        ("type", AttributeValue::S("app_login".into())),
        ("created_at", number(now * 1000)),
        ("expiry", number((now + 3600) * 1000)),
        ("expires_at", number(now + 3600)),
        ("sign_outs", number(0)),
    ];
    let session = [&session, more].concat();
    let items = (0..users).flat_map(|user| {
        let user_id = AttributeValue::S((5_000_000 + user).to_string());
        let of_sessions: Vec<_> = (0..each)
            .map(|place| item(&user_id, &format!("session#{}", uuid(user * 1000 + place)), &session))
            .collect();
        [item(&user_id, "account", &account)].into_iter().chain(of_sessions)
    });
    world.put_all("users", items).await;
}

fn uuid(number: u64) -> String {
    format!("00000000-0000-7000-8000-{number:012x}")
}

fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn item(
    user_id: &AttributeValue,
    item: &str,
    attributes: &[(&str, AttributeValue)],
) -> std::collections::HashMap<String, AttributeValue> {
    let key = [("user_id".to_owned(), user_id.clone()), ("item".to_owned(), AttributeValue::S(item.to_owned()))];
    key.into_iter().chain(attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone()))).collect()
}

fn counts(summary: &Value) -> BTreeMap<String, u64> {
    let counts = summary.as_object().unwrap().iter();
    counts.filter_map(|(name, count)| Some((name.clone(), count.as_u64().filter(|count| *count > 0)?))).collect()
}

fn expected(counts: &[(&str, u64)]) -> BTreeMap<String, u64> {
    counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

#[tokio::test]
async fn live_sessions_are_listed_and_all_are_counted() {
    let world = World::new().await;
    let folder = Folder::of(&world);
    let anna = world.sign_in(ANNA).await;
    let old = anna.api_token(700 * 86_400).await;
    let short = anna.api_token(371 * 86_400).await;
    world.pass(TimeDelta::days(366));
    let ben = world.sign_in(BEN).await;
    ben.register("An app").await;
    let to_app = world.sign_in_to_app(BEN).await;
    let fresh = ben.api_token(30 * 86_400).await;
    let cara = world.sign_in(CARA).await;
    cara.delete("/sessions").await;
    let dave = world.sign_in(DAVE).await;
    world.ban(DAVE).await;
    assert_eq!(fresh_use(&world, &short).await, 200);

    let summary = audit(&world, &folder).await;

    let counted = [
        ("users", 4),
        ("banned_users", 1),
        ("live_login", 2),
        ("live_app_login", 1),
        ("live_api", 3),
        ("expired", 1),
        ("signed_out", 1),
        ("api_tokens_older_than_1_year", 2),
        ("api_tokens_expiring_within_7_days", 1),
        ("api_tokens_unused_for_90_days", 1),
    ];
    assert_eq!(counts(&summary), expected(&counted));
    assert_eq!(folder.summary("example"), summary);
    let lines = folder.lines("example");
    let listed: Vec<_> = lines.iter().map(|line| line["session_id"].as_str().unwrap().to_owned()).collect();
    let mut live: Vec<_> =
        [&old.session_id, &short.session_id, &ben.session_id, &to_app.session_id, &fresh.session_id, &dave.session_id]
            .into_iter()
            .cloned()
            .collect();
    live.sort();
    let mut sorted = listed.clone();
    sorted.sort();
    assert_eq!(sorted, live);
    let line = lines.iter().find(|line| line["session_id"] == *short.session_id).unwrap();
    assert_eq!(line["user_id"], ANNA.to_string());
    let fields: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        fields,
        ["created_at", "expiry", "last_used_at", "name", "session_id", "state", "type", "user_agent", "user_id"]
    );
    assert!(line["last_used_at"].is_string() && line["name"].is_string());
    assert_eq!(lines.iter().find(|line| line["session_id"] == *dave.session_id).unwrap()["state"], "banned");
    for path in folder.files("example") {
        let text = std::fs::read_to_string(path).unwrap();
        for person in [&anna, &ben, &to_app, &dave] {
            assert!(!text.contains(&person.token), "a token is in an audit");
        }
        assert!(!text.contains("hash"));
    }
}

async fn fresh_use(world: &World, person: &Person<'_>) -> u16 {
    world.get_with("/sessions/@me", &person.token).await.status
}

#[tokio::test]
async fn one_segment_is_all_of_the_table() {
    let world = World::new().await;
    let folder = Folder::of(&world);
    put_sessions(&world, 500, 10).await;
    let watcher = Watcher::default();
    let progress = context(&world, folder.path()).audit(&name(), 1, never(), &watcher).await.unwrap();
    assert!(matches!(progress, Progress::Ended(_)));
    assert_eq!(counts(&folder.summary("example")), expected(&[("users", 500), ("live_app_login", 5000)]));
    assert_eq!((folder.lines("example").len(), watcher.items.load(Ordering::Relaxed)), (5000, 5500));
}

#[tokio::test]
async fn users_with_many_sessions_are_counted_once() {
    let world = World::new().await;
    let folder = Folder::of(&world);
    put_sessions(&world, 3, 50).await;
    assert_eq!(counts(&audit(&world, &folder).await), expected(&[("users", 3), ("live_app_login", 150)]));

    put_sessions(&world, 2, 51).await;
    let other: AuditName = "another".parse().unwrap();
    let progress = context(&world, folder.path()).audit(&other, SEGMENTS, never(), &Watcher::default()).await.unwrap();
    let Progress::Ended(summary) = progress else { panic!("unfinished") };
    let many = expected(&[("users", 3), ("live_app_login", 152), ("users_with_more_than_50_sessions", 2)]);
    assert_eq!(counts(&serde_json::from_str(&summary).unwrap()), many);
}

#[tokio::test]
async fn what_cannot_be_read_is_stepped_over_and_counted() {
    let world = World::new().await;
    let folder = Folder::of(&world);
    let (anna, ben, cara) = (world.sign_in(ANNA).await, world.sign_in(BEN).await, world.sign_in(CARA).await);
    world.set(ANNA, &format!("session#{}", anna.session_id), "expires_at", None).await;
    world.set(BEN, "account", "state", Some(number(1))).await;
    let nobody = AttributeValue::S("nobody".into());
    world
        .put_all("users", [item(&nobody, "session#x", &[]), item(&nobody, "account", &[]), item(&nobody, "other", &[])])
        .await;
    let deleted = AttributeValue::S("77".into());
    let of_cara = world.item(CARA, &format!("session#{}", cara.session_id)).await.unwrap();
    let left: Vec<_> = of_cara.iter().filter(|(name, _)| !matches!(name.as_str(), "user_id" | "item")).collect();
    let left: Vec<_> = left.into_iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    world.put_all("users", [item(&deleted, &format!("session#{}", uuid(1)), &left)]).await;

    let summary = audit(&world, &folder).await;

    let counted = expected(&[("users", 2), ("live_login", 1), ("poison", 4), ("without_user", 2)]);
    assert_eq!(counts(&summary), counted);
    assert_eq!(folder.lines("example").len(), 1);
    assert_eq!(fresh_use(&world, &ben).await, 500);
}

#[tokio::test]
async fn an_audit_that_has_ended_says_the_same_again() {
    let world = World::new().await;
    let folder = Folder::of(&world);
    put_sessions(&world, 2, 3).await;
    let first = audit(&world, &folder).await;
    put_sessions(&world, 5, 3).await;
    world.wire.forget();
    assert_eq!(audit(&world, &folder).await, first);
    let calls: Vec<_> = world.wire.calls().into_iter().map(|call| call.operation).collect();
    assert_eq!(calls, ["PutItem"], "one refused write, which costs a unit and says it all");
}

#[tokio::test]
async fn the_end_of_an_audit_is_told_once_with_what_was_counted() {
    let world = World::new().await;
    let folder = Folder::of(&world);
    put_sessions(&world, 2, 3).await;
    let (first, again) = (Watcher::default(), Watcher::default());
    for watcher in [&first, &again] {
        context(&world, folder.path()).audit(&name(), SEGMENTS, never(), watcher).await.unwrap();
    }
    let told = first.ended.lock().unwrap().clone();
    assert_eq!(told.iter().map(|summary| json!(summary)).collect::<Vec<_>>(), [folder.summary("example")]);
    assert!(again.ended.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_audit_goes_on_where_its_time_was_over() {
    let world = World::new().await;
    let folder = Folder::of(&world);
    // More than a megabyte in each segment: several stretches.
    put_sessions_with(&world, 60, 45, &[("filler", AttributeValue::S("x".repeat(7000)))]).await;
    let (mut calls, mut ended) = (0, None);
    while ended.is_none() {
        calls += 1;
        assert!(calls < 50, "it does not come to an end");
        let watcher = Watcher { clock: Some((world.clock.clone(), TimeDelta::milliseconds(10))), ..Watcher::default() };
        let until = world.clock.now() + TimeDelta::milliseconds(15);
        match context(&world, folder.path()).audit(&name(), SEGMENTS, until, &watcher).await.unwrap() {
            Progress::Ended(summary) => ended = Some(summary),
            Progress::Unfinished(unfinished) => assert_eq!(unfinished, name()),
        }
    }
    assert!(calls > 1, "it had time for all of it");
    let summary: Value = serde_json::from_str(&ended.unwrap()).unwrap();
    assert_eq!(counts(&summary), expected(&[("users", 60), ("live_app_login", 2700)]));
    assert_eq!(folder.lines("example").len(), 2700);
}

#[tokio::test]
async fn two_at_once_list_everything_once() {
    let world = World::new().await;
    let folder = Folder::of(&world);
    put_sessions(&world, 40, 20).await;
    let (one, other) = (context(&world, folder.path()), context(&world, folder.path()));
    let watchers = [Watcher::default(), Watcher::default()];
    let name = name();
    let (one, other) = tokio::join!(
        one.audit(&name, SEGMENTS, never(), &watchers[0]),
        other.audit(&name, SEGMENTS, never(), &watchers[1])
    );
    let ended = [one.unwrap(), other.unwrap()].into_iter().filter(|progress| matches!(progress, Progress::Ended(_)));
    assert!(ended.count() >= 1, "whoever is last sees all of it");
    let walked: u64 = watchers.iter().map(|watcher| watcher.items.load(Ordering::Relaxed)).sum();
    assert_eq!(walked, 40 * 21, "nothing was walked over twice");
    let lines = folder.lines("example");
    let ids: std::collections::BTreeSet<_> = lines.iter().map(|line| line["session_id"].to_string()).collect();
    assert_eq!((lines.len(), ids.len()), (800, 800));
    assert_eq!(counts(&folder.summary("example")), expected(&[("users", 40), ("live_app_login", 800)]));
}

/// A process that dies holds its segments until the lease ends; then the next one takes over, and lists everything once.
#[tokio::test]
async fn one_that_was_killed_is_taken_over_when_its_leases_end() {
    let world = World::new().await;
    let folder = Folder::of(&world);
    put_sessions(&world, 40, 20).await;
    let killed = context(&world, folder.path());
    let (name, watcher) = (name(), Watcher::default());
    let hold = world.wire.hold("Scan");
    {
        let killed = killed.audit(&name, SEGMENTS, never(), &watcher);
        tokio::select! {
            _ = killed => panic!("it was not held"),
            () = hold.arrived() => {}
        }
    }
    drop(hold);

    let next = context(&world, folder.path());
    let progress = next.audit(&name, SEGMENTS, never(), &Watcher::default()).await.unwrap();
    assert!(matches!(progress, Progress::Unfinished(_)), "the dead one's leases hold");
    world.pass(TimeDelta::seconds(60));
    let summary = audit(&world, &folder).await;
    assert_eq!(counts(&summary), expected(&[("users", 40), ("live_app_login", 800)]));
    assert_eq!(folder.lines("example").len(), 800);
}

#[tokio::test]
async fn one_who_was_too_slow_writes_nothing_over_the_one_who_took_over() {
    let world = World::new().await;
    let folder = Folder::of(&world);
    put_sessions(&world, 40, 20).await;
    let slow = Watcher { clock: Some((world.clock.clone(), TimeDelta::seconds(61))), ..Watcher::default() };
    let outcome = context(&world, folder.path()).audit(&name(), SEGMENTS, never(), &slow).await;
    assert!(matches!(outcome, Err(AuditError::TooSlow(_))), "{outcome:?}");
    assert_eq!(folder.files("example"), [] as [PathBuf; 0]);
    assert_eq!(counts(&audit(&world, &folder).await)["live_app_login"], 800);
    assert_eq!(folder.lines("example").len(), 800);
}

#[tokio::test]
async fn a_fault_ends_it_with_an_error_and_it_goes_on_later() {
    let world = World::new().await;
    let folder = Folder::of(&world);
    put_sessions(&world, 40, 20).await;
    for operation in ["PutItem", "UpdateItem", "Scan", "BatchGetItem"] {
        world.wire.fail(operation, Fault::ServerError, 200);
        let outcome = context(&world, folder.path()).audit(&name(), SEGMENTS, never(), &Watcher::default()).await;
        assert!(outcome.is_err(), "{operation}: {outcome:?}");
        world.wire.heal();
        world.pass(TimeDelta::seconds(60));
    }
    assert_eq!(counts(&audit(&world, &folder).await), expected(&[("users", 40), ("live_app_login", 800)]));
    assert_eq!(folder.lines("example").len(), 800);
}

#[tokio::test]
async fn an_output_that_cannot_be_written_ends_it_with_an_error() {
    let world = World::new().await;
    let folder = Folder::of(&world);
    put_sessions(&world, 1, 1).await;
    std::fs::create_dir_all(folder.path()).unwrap();
    std::fs::write(folder.path().join("sessions"), "a file where a folder should be").unwrap();
    let outcome = context(&world, folder.path()).audit(&name(), SEGMENTS, never(), &Watcher::default()).await;
    assert!(matches!(outcome, Err(AuditError::Output(_))), "{outcome:?}");
}

#[tokio::test]
async fn the_function_audits_the_day() {
    let world = World::new().await;
    let folder = Folder::of(&world);
    put_sessions(&world, 2, 2).await;
    let cx = context(&world, folder.path());
    let respond = async |payload: Value| {
        let mut invocation = Invocation::default();
        invocation.deadline = u64::try_from(world.clock.now().timestamp_millis()).unwrap() + 900_000;
        function().respond(&cx, LambdaEvent::new(payload, invocation)).await
    };
    let today = world.clock.now().format("%Y-%m-%d").to_string();
    let answer = respond(json!({})).await.unwrap();
    assert_eq!((&answer["audit"], &answer["live_app_login"]), (&json!(today), &json!(4)));
    assert_eq!(respond(json!({"detail-type": "Scheduled Event"})).await.unwrap(), answer);
    assert_eq!(respond(json!({"audit": "by-hand"})).await.unwrap()["audit"], "by-hand");
    for malformed in [json!({"audit": "../x"}), json!({"audit": ""}), json!({"audit": 1}), json!([1]), json!("x")] {
        assert!(respond(malformed.clone()).await.is_err(), "{malformed}");
    }
    world.pass(TimeDelta::days(1));
    assert_ne!(respond(json!({})).await.unwrap()["audit"], json!(today), "a new day, a new audit");
}

#[tokio::test]
async fn an_answer_without_a_part_ends_it_with_an_error() {
    let world = World::new().await;
    let folder = Folder::of(&world);
    put_sessions(&world, 4, 2).await;
    for (operation, part) in [
        ("Scan", "Items"),
        ("Scan", "Count"),
        ("Scan", "ScannedCount"),
        ("UpdateItem", "Attributes"),
        ("BatchGetItem", "Responses"),
    ] {
        world.wire.fail(operation, Fault::Lacks(part), 200);
        let outcome = context(&world, folder.path()).audit(&name(), SEGMENTS, never(), &Watcher::default()).await;
        assert!(outcome.is_err(), "{operation} without {part}: {outcome:?}");
        world.wire.heal();
        world.pass(TimeDelta::seconds(60));
    }
    assert_eq!(counts(&audit(&world, &folder).await), expected(&[("users", 4), ("live_app_login", 8)]));
}
