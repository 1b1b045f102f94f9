//! `DELETE /sessions`: signs the caller out everywhere, this session included, in one write.

use shared::Context;
use shared::context::Need;
use shared::http::{self, ApiError, Bans, Endpoint, Request, Response};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store], |cx, req| Box::pin(handle(cx, req)));

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.session(&req, Bans::Exempt).await?;

    cx.store()?.end_all_sessions(caller.account.user_id).await?;

    Ok(http::no_content())
}
