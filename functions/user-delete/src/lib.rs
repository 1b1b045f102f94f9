//! `DELETE /users/@me`: deletes everything that is kept about the caller.

use shared::Context;
use shared::context::Need;
use shared::http::{self, ApiError, Bans, Endpoint, Request, Response};
use shared::store::Deletion;

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store, Need::Discord, Need::Secrets], |cx, req| {
        Box::pin(handle(cx, req))
    });

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let (user_id, asked_by) = (caller.account.user_id, caller.session.id);
    let deletion = Deletion { user_id, asked_by, nonce: cx.random()?, now: cx.clock.now() };
    cx.disconnect_if_possible(user_id).await?;
    cx.store()?.delete_user(deletion).await?;

    Ok(http::no_content())
}
