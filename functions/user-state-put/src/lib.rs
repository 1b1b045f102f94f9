//! `PUT /users/{user_id}/state`: bans a user, or lifts the ban. Felt by the user's next request.

use schemars::JsonSchema;
use serde::Deserialize;
use shared::Context;
use shared::context::Need;
use shared::domain::{BanReason, UserId, UserState};
use shared::http::{self, ApiError, Credential, Endpoint, Operation, Request, Response, StatusCode, Success};
use shared::store::Ban;

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store, Need::Operators], |cx, req| Box::pin(handle(cx, req)));

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Set user state",
    Credential::Operator,
    &[Success::empty(StatusCode::NO_CONTENT, "State updated. Takes effect immediately.")],
)
.body::<Put>();

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UserStatePut")]
struct Put {
    #[schemars(example = UserState::Banned)]
    state: UserState,
    /// Visible only to operators.
    reason: Option<BanReason>,
}

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, http::Bans::Refuse).await?;

    let Put { state, reason } = http::body(&req)?;
    let user_id: UserId = http::path_id(&req, "user_id")?;

    cx.require_operator(&caller)?;
    if user_id == caller.account.user_id {
        return Err(ApiError::Restricted("You cannot ban yourself."));
    }

    let reason = reason.as_ref().map(BanReason::as_str);
    match state {
        UserState::Banned => {
            cx.store()?.ban(user_id, &Ban { reason, by: caller.account.user_id, now: cx.clock.now() }).await?
        }
        UserState::Normal => cx.store()?.unban(user_id).await?,
    }

    Ok(http::no_content())
}
