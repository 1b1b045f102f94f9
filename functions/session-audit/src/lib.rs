//! The audit of all sessions, called by the schedule: begins that of the day, goes on with one that has not ended, and otherwise only
//! says what it said.

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::json;
use shared::Context;
use shared::audit::{EmbeddedMetrics, Progress, SEGMENTS};
use shared::context::Need;
use shared::domain::AuditName;
use shared::event::{Event, EventFunction, Failure, Outcome};

/// This function.
pub const FUNCTION: EventFunction =
    EventFunction::new(env!("CARGO_PKG_NAME"), &[Need::Store, Need::Audit], |cx, event| Box::pin(handle(cx, event)));

/// What is left of the time for noting how far it has come.
const TO_NOTE: TimeDelta = TimeDelta::seconds(60);

/// What it may be called with; the schedule says nothing.
#[derive(Default, Deserialize)]
struct Call {
    /// Another audit than that of the day.
    audit: Option<String>,
}

async fn handle(cx: &Context, event: Event) -> Result<Outcome, Failure> {
    let call: Call = serde_json::from_value(event.payload)?;
    let name = match call.audit {
        Some(name) => name.parse()?,
        None => AuditName::of_day(cx.clock.now()),
    };

    let until = event.deadline.checked_sub_signed(TO_NOTE).unwrap_or(event.deadline);
    let progress = cx.audit(&name, SEGMENTS, until, &EmbeddedMetrics::of(&event.function_name)).await?;

    Ok(Outcome::of(match progress {
        Progress::Ended(summary) => serde_json::from_str(&summary)?,
        Progress::Unfinished(audit) => json!({"audit": audit, "unfinished": true}),
    }))
}
