//! `DELETE /users/{user_id}/sessions`: an operator ends all sessions of a user.

use shared::Context;
use shared::context::Need;
use shared::domain::UserId;
use shared::http::{self, ApiError, Bans, Credential, Endpoint, Operation, Request, Response, StatusCode, Success};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store, Need::Operators], |cx, req| Box::pin(handle(cx, req)));

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Delete all sessions of a user",
    Credential::Operator,
    &[Success::empty(StatusCode::NO_CONTENT, "All sessions deleted.")],
);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let user_id: UserId = http::path_id(&req, "user_id")?;
    http::no_body(&req)?;

    cx.require_operator(&caller)?;

    cx.store()?.end_all_sessions(user_id).await?;

    Ok(http::no_content())
}
