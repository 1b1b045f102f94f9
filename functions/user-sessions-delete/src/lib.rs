//! `DELETE /users/{user_id}/sessions`: an operator ends all sessions of a user.

use shared::Context;
use shared::context::Need;
use shared::domain::UserId;
use shared::http::{self, ApiError, Bans, Endpoint, Request, Response};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store, Need::Operators], |cx, req| Box::pin(handle(cx, req)));

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.session(&req, Bans::Refuse).await?;

    let user_id: UserId = http::path_id(&req, "user_id")?;

    cx.require_operator(&caller)?;

    cx.store()?.end_all_sessions(user_id).await?;

    Ok(http::no_content())
}
