//! Functions that are called with an event of their own instead of an HTTP request: the authorizer by another API, the audit by the
//! schedule.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use lambda_http::BoxFuture;
use lambda_http::lambda_runtime::{self, Error, LambdaEvent, service_fn};
use serde_json::Value;
use tokio::time::Instant;

use crate::Context;
use crate::context::Need;
use crate::domain::error_chain;
use crate::http::Holder;
use crate::seen::SeenCaller;
use crate::start::start;

/// An event, and what there is around it.
pub struct Event {
    /// What the function was called with; nothing is known of it.
    pub payload: Value,
    /// When Lambda ends the function, done or not.
    pub deadline: DateTime<Utc>,
    /// How the function is called where it runs.
    pub function_name: String,
}

/// What a function says to an event.
pub struct Outcome {
    /// Its answer.
    pub answer: Value,
    caller: Option<SeenCaller>,
}

impl Outcome {
    /// An answer to an event that comes with no credential.
    pub fn of(answer: Value) -> Self {
        Self { answer, caller: None }
    }

    /// An answer to one whose credential was looked at; `holder` is nobody if it opens nothing.
    pub fn to(holder: Option<&Holder>, answer: Value) -> Self {
        Self { answer, caller: holder.map(Holder::seen) }
    }
}

/// The future of a function's answer. A failure of it fails the invocation: there is nothing that could be said instead.
pub type Handled<'a> = BoxFuture<'a, Result<Outcome, Failure>>;

/// Why a function has no answer.
pub type Failure = Error;

/// What a function does.
type Handle = for<'a> fn(&'a Context, Event) -> Handled<'a>;

/// A function of this kind.
#[derive(Clone, Copy)]
pub struct EventFunction {
    /// Its name.
    pub name: &'static str,
    /// What it needs beside a clock and randomness.
    pub needs: &'static [Need],
    handle: Handle,
}

impl EventFunction {
    /// A function.
    pub const fn new(name: &'static str, needs: &'static [Need], handle: Handle) -> Self {
        Self { name, needs, handle }
    }

    /// Answers one event, and logs one line of it.
    pub async fn respond(&self, cx: &Context, event: LambdaEvent<Value>) -> Result<Value, Failure> {
        let start = Instant::now();
        let request_id = request_id(&event);
        let deadline = DateTime::from_timestamp_millis(event.context.deadline.try_into()?).unwrap_or_default();
        let function_name = event.context.env_config.function_name.clone();

        let outcome = (self.handle)(cx, Event { payload: event.payload, deadline, function_name }).await;

        let duration_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        match outcome {
            Ok(Outcome { answer, caller }) => {
                tracing::info!(
                    endpoint = self.name,
                    request_id,
                    caller_kind = caller.map(SeenCaller::kind),
                    user_id = caller.and_then(SeenCaller::user_id),
                    app_id = caller.and_then(SeenCaller::app_id),
                    duration_ms,
                    "{} done",
                    self.name
                );
                Ok(answer)
            }
            Err(error) => {
                let cause = error_chain(error.as_ref());
                tracing::error!(endpoint = self.name, request_id, duration_ms, "{cause}");
                Err(error)
            }
        }
    }
}

/// API Gateway's, by which the whole request can be followed, or else Lambda's.
fn request_id(event: &LambdaEvent<Value>) -> String {
    let of_gateway = event.payload.pointer("/requestContext/requestId").and_then(Value::as_str);
    of_gateway.unwrap_or(&event.context.request_id).to_owned()
}

/// Runs a function on Lambda until the instance ends.
pub fn serve(function: EventFunction) -> ExitCode {
    start(function.name, function.needs, async |cx| {
        #[expect(clippy::disallowed_methods, reason = "the one place that serves events")]
        lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| function.respond(&cx, event))).await
    })
}
