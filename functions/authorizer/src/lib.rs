//! The Lambda authorizer of another HTTP API: lets in who holds a live session or an app's token, and says who that is.

use shared::Context;
use shared::context::Need;
use shared::event::{Event, EventFunction, Failure, Outcome};
use shared::http::{Decision, authorization_of};

/// This function.
pub const FUNCTION: EventFunction =
    EventFunction::new(env!("CARGO_PKG_NAME"), &[Need::Store], |cx, event| Box::pin(handle(cx, event)));

async fn handle(cx: &Context, event: Event) -> Result<Outcome, Failure> {
    let holder = match authorization_of(&event.payload) {
        Some(token) => cx.holder_of(token).await?,
        None => None,
    };

    let decision = serde_json::to_value(Decision::on(holder.as_ref()))?;

    Ok(Outcome::to(holder.as_ref(), decision))
}
