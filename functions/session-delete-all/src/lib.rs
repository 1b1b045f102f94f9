//! `DELETE /sessions`: signs the caller out everywhere, this session included, in one write.

use shared::Context;
use shared::context::Need;
use shared::http::{self, ApiError, Bans, Credential, Endpoint, Operation, Request, Response, StatusCode, Success};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store], |cx, req| Box::pin(handle(cx, req)));

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Delete all sessions",
    Credential::Session(Bans::Exempt),
    &[Success::empty(StatusCode::NO_CONTENT, "All sessions deleted.")],
);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.session(&req, Bans::Exempt).await?;

    http::no_body(&req)?;

    cx.store()?.end_all_sessions(caller.account.user_id).await?;

    cx.signed_out(&req)
}
