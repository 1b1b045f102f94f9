//! Every call of every request, failing in every way: for good, once, and though it was done.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::{StreamExt, stream};

use super::stage::{Ask, Stage};
use crate::world::*;

/// As many worlds at the same time: most of each is waiting.
const LANES: usize = 3;
const FOR_GOOD: u32 = u32::MAX;
/// No answer comes any more, on the slowest machine.
const HANGS: Duration = Duration::from_secs(300);

/// What a request answers, leaves and calls when nothing fails.
pub(super) struct Good {
    answer: Answer,
    shape: Vec<String>,
    pub(super) calls: Vec<Prey>,
}

/// What is played, at which calls, and how it is looked at.
struct Play {
    faults: &'static [Fault],
    /// How many of them a call meets, in turn: all at every call would take minutes.
    at_each: usize,
    /// How often a call fails when it is sent again.
    times: u32,
    at: fn(&Ask, &Prey) -> bool,
    /// Whether the same request is asked again after a failure.
    asks_again: bool,
}

/// One call of one request, failing in one way.
struct Case<'a> {
    play: &'a Play,
    ask: &'a Ask,
    good: &'a Good,
    number: usize,
    fault: Fault,
}

/// Whether a call can meet that fault: whether it asks for many things, has an answer that could lack something, or changes anything.
fn can_meet(call: &Prey, fault: Fault) -> bool {
    let operation = call.operation.as_str();
    let is_batch = matches!(operation, "BatchGetItem" | "BatchWriteItem");
    match fault {
        Fault::Unprocessed | Fault::Partial => is_batch,
        Fault::Empty => !call.parts().is_empty(),
        Fault::Lacks(part) => call.parts().contains(&part),
        Fault::AppliedAndLost | Fault::AppliedAndReset | Fault::AppliedAndStalled => call.is_write(),
        _ => true,
    }
}

/// The only calls that may fail without their request failing.
fn is_best_effort(ask: &Ask, call: &Prey) -> bool {
    match (call.operation.as_str(), call.body["UpdateExpression"].as_str()) {
        // When a session was last used is for its user to look at, and decides nothing.
        ("UpdateItem", Some("SET last_used_at = :now")) => true,
        // An attempt whose end is not noted stays counted: a code less for its address, never one more.
        ("UpdateItem", Some("DELETE attempts :nonces")) => true,
        // So is how a guild was called when one of its admins last came by.
        ("UpdateItem", Some("SET #name = :name, icon = :icon")) => true,
        // Which finds the sign-ins that are to give way to a new one: the next sign-in looks again.
        ("Query", _) if matches!(ask.function.as_str(), "oauth2-exchange" | "oauth2-callback") => true,
        // Which says whose names are to be made new. The same query finds what is to be deleted, and there it decides.
        ("Query", _) => {
            let finds_names = call.body["IndexName"] == "by-guild" && call.body["Limit"].is_null();
            finds_names && ask.function != "guild-authorization-delete-all"
        }
        _ => false,
    }
}

/// Statuses of the same request again, after one that was done and not answered.
fn statuses_when_done(ask: &Ask) -> &'static [u16] {
    match ask.function.as_str() {
        // Signed out, as was asked for.
        "session-delete-all" | "user-delete" => &[401],
        "session-delete" if ask.is_about_itself() => &[401],
        "session-delete" | "app-delete" | "app-deauthorize" => &[404],
        "guild-authorization-delete" | "user-authorization-delete" => &[404],
        _ => &[],
    }
}

/// What Discord has renewed, and nobody could keep, is lost: it rotates what renews. Signing in mends that.
fn loses_the_grant(call: &Prey) -> bool {
    call.body["UpdateExpression"].as_str().is_some_and(|update| update.starts_with("SET sealed ="))
}

impl Good {
    pub(super) async fn of(world: &World, stage: &mut Stage<'_>, ask: &Ask) -> Self {
        stage.reset(ask).await;
        let answer = stage.ask(ask).await;
        // Counted as an ambush counts them: a call that the SDK has sent again is one call.
        let mut ids = BTreeSet::new();
        let calls = world.wire.calls().into_iter().filter(|call| ids.insert(call.id.clone())).map(|call| call.sent);
        let calls = calls.collect();
        assert!(answer.status < 400, "{ask:?}: {}", answer.text());
        Self { answer, shape: stage.shape().await, calls }
    }
}

impl Case<'_> {
    async fn play(&self, world: &World, stage: &mut Stage<'_>) {
        stage.reset(self.ask).await;
        world.wire.ambush(self.number, self.fault, self.play.times);
        let answer = tokio::time::timeout(HANGS, stage.ask(self.ask)).await;
        let answer = answer.unwrap_or_else(|_| panic!("{}: no answer", self.what()));
        let call = world.wire.ambushed().unwrap_or_else(|| panic!("{}: no such call", self.what()));
        world.wire.heal();

        if is_best_effort(self.ask, &call) {
            assert_eq!(answer.status, self.good.answer.status, "{}: {}", self.what(), answer.text());
        } else if self.play.times < FOR_GOOD {
            self.assert_good(&answer);
            if call.is_write() && self.fault.is_applied() {
                assert_eq!(stage.shape().await, self.good.shape, "{}", self.what());
            }
        } else {
            self.assert_unavailable(&answer);
            if self.play.asks_again {
                stage.let_leases_end();
                self.assert_mended(&call, &stage.ask(self.ask).await, stage).await;
            }
        }
    }

    fn what(&self) -> String {
        let Self { ask, number, fault, .. } = self;
        let times = if self.play.times == FOR_GOOD { "for good" } else { "once" };
        format!("{fault:?} {times} at call {number} ({}) of {ask:?}", self.good.calls[*number].operation)
    }

    fn assert_good(&self, answer: &Answer) {
        assert_eq!(answer.status, self.good.answer.status, "{}: {}", self.what(), answer.text());
        if self.ask.only_reads() {
            assert_eq!(answer.body, self.good.answer.body, "{}", self.what());
        }
    }

    fn assert_unavailable(&self, answer: &Answer) {
        let what = format!("{}: {}", self.what(), answer.text());
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("2")), "{what}");
        assert_eq!(answer.header("set-cookie"), None, "{what}");
        if self.ask.is_page() {
            assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{what}");
        } else {
            assert_eq!(answer.code(), "Unavailable", "{what}");
        }
    }

    /// The same request again does what it was to do, or finds it done.
    async fn assert_mended(&self, call: &Prey, again: &Answer, stage: &Stage<'_>) {
        let what = format!("again after {}: {}", self.what(), again.text());
        if loses_the_grant(call) && again.status == 403 {
            assert_eq!(again.code(), "MissingScope", "{what}");
            return;
        }
        let was_done = call.is_write() && self.fault.is_applied();
        let found_done = was_done && statuses_when_done(self.ask).contains(&again.status);
        let joined = self.ask.function == "user-guild-join" && again.status == 204;
        assert!(again.status == self.good.answer.status || found_done || joined, "{what}");
        if !(was_done && self.ask.makes_another()) {
            assert_eq!(stage.shape().await, self.good.shape, "{what}");
        }
    }
}

impl Play {
    const WHOLE: Self = Self { faults: &[], at_each: 1, times: FOR_GOOD, at: |_, _| true, asks_again: false };

    /// Each of the faults at each of the calls of each request.
    async fn run(&self) {
        let asks = Ask::all();
        let lanes = (0..LANES).map(|lane| asks.iter().skip(lane).step_by(LANES).collect());
        stream::iter(lanes).for_each_concurrent(None, |asks| self.run_lane(asks)).await;
    }

    async fn run_lane(&self, asks: Vec<&Ask>) {
        let world = Stage::world().await;
        let mut stage = Stage::set(&world, !self.asks_again).await;
        let mut turn = 0;
        for ask in asks {
            let good = Good::of(&world, &mut stage, ask).await;
            for (number, call) in good.calls.iter().enumerate().filter(|(_, call)| (self.at)(ask, call)) {
                let possible = self.faults.iter().filter(|fault| can_meet(call, **fault)).collect::<Vec<_>>();
                for fault in possible.iter().cycle().skip(turn).take(self.at_each.min(possible.len())) {
                    Case { play: self, ask, good: &good, number, fault: **fault }.play(&world, &mut stage).await;
                }
                turn += self.at_each;
            }
            stage.end(ask).await;
        }
    }
}

#[tokio::test]
async fn what_fails_for_good_is_said_and_the_same_request_mends_it() {
    Play { faults: &[Fault::ServerError], asks_again: true, ..Play::WHOLE }.run().await;
}

#[tokio::test]
async fn what_is_done_in_part_is_done_whole_by_the_same_request() {
    let at = |_: &Ask, call: &Prey| call.operation == "BatchWriteItem";
    Play { faults: &[Fault::Partial, Fault::Unprocessed], at_each: 2, asks_again: true, at, ..Play::WHOLE }.run().await;
}

#[tokio::test]
async fn what_is_done_and_never_answered_is_found_done() {
    let at = |_: &Ask, call: &Prey| call.is_write();
    Play { faults: &[Fault::AppliedAndLost], asks_again: true, at, ..Play::WHOLE }.run().await;
}

#[tokio::test]
async fn no_way_of_failing_is_taken_for_an_answer() {
    let faults = &[
        Fault::Throttled,
        Fault::Unprocessed,
        Fault::Partial,
        Fault::Empty,
        Fault::Garbled,
        Fault::Reset,
        Fault::CutOff,
        Fault::Denied,
    ];
    let at = |ask: &Ask, _: &Prey| !ask.uses_discord_up();
    Play { faults, at, ..Play::WHOLE }.run().await;
}

#[tokio::test]
async fn an_answer_without_one_of_its_parts_is_never_taken_for_one() {
    let faults = &[
        Fault::Empty,
        Fault::Lacks("Items"),
        Fault::Lacks("Count"),
        Fault::Lacks("ScannedCount"),
        Fault::Lacks("Responses"),
        Fault::Lacks("UnprocessedKeys"),
        Fault::Lacks("UnprocessedItems"),
        Fault::Lacks("Attributes"),
    ];
    let at = |ask: &Ask, call: &Prey| !ask.uses_discord_up() && !call.parts().is_empty();
    Play { faults, at_each: faults.len(), at, ..Play::WHOLE }.run().await;
}

#[tokio::test]
async fn what_fails_once_is_not_felt() {
    let faults = &[Fault::Reset, Fault::Unprocessed, Fault::Throttled, Fault::Partial];
    let at = |ask: &Ask, _: &Prey| !ask.uses_discord_up();
    Play { faults, times: 1, at, ..Play::WHOLE }.run().await;
}

#[tokio::test]
async fn what_is_done_and_answered_at_the_second_attempt_is_done_once() {
    let at = |_: &Ask, call: &Prey| call.is_write();
    Play { faults: &[Fault::AppliedAndReset, Fault::CutOff], times: 1, at, ..Play::WHOLE }.run().await;
}

#[tokio::test]
async fn an_engine_that_never_answers_is_not_waited_for() {
    let at = |ask: &Ask, _: &Prey| !ask.uses_discord_up();
    Play { faults: &[Fault::Stalled], at, ..Play::WHOLE }.run().await;
}

#[tokio::test]
async fn what_is_done_by_an_engine_that_does_not_answer_is_done_once() {
    let at = |_: &Ask, call: &Prey| call.is_write();
    Play { faults: &[Fault::AppliedAndStalled], times: 1, at, ..Play::WHOLE }.run().await;
}
