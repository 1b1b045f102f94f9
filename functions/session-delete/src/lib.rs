//! `DELETE /sessions/{session_id}`: ends one of the caller's own sessions, at once.

use shared::Context;
use shared::context::Need;
use shared::http::{
    self, ApiError, Bans, Credential, Endpoint, ErrorCode, Operation, Request, Response, StatusCode, Success,
};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store], |cx, req| Box::pin(handle(cx, req)));

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Delete a session",
    Credential::Session(Bans::Exempt),
    &[Success::empty(StatusCode::NO_CONTENT, "Session deleted.")],
)
.errors(&[ErrorCode::NotFound]);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.session(&req, Bans::Exempt).await?;

    let session_id = match http::path(&req, "session_id")? {
        "@me" => caller.session.id,
        _ => http::path_id(&req, "session_id")?,
    };
    http::no_body(&req)?;

    if cx.store()?.end_session(&caller.account, session_id, cx.clock.now()).await? {
        if session_id == caller.session.id { cx.signed_out(&req) } else { Ok(http::no_content()) }
    } else {
        Err(ApiError::NotFound)
    }
}
