//! `DELETE /users/@me`: deletes everything that is kept about the caller.

use shared::Context;
use shared::context::Need;
use shared::http::{self, ApiError, Bans, Credential, Endpoint, Operation, Request, Response, StatusCode, Success};
use shared::store::Deletion;

/// This endpoint.
pub const ENDPOINT: Endpoint = Endpoint::new(
    env!("CARGO_PKG_NAME"),
    &[Need::Store, Need::Discord, Need::SealingKeys, Need::ClientSecret],
    |cx, req| Box::pin(handle(cx, req)),
);

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Delete current user",
    Credential::Login,
    &[Success::empty(StatusCode::NO_CONTENT, "User deleted, with all sessions, apps and authorizations.")],
);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    http::no_body(&req)?;

    let (user_id, asked_by) = (caller.account.user_id, caller.session.id);
    let deletion = Deletion { user_id, asked_by, nonce: cx.random()?, now: cx.clock.now() };
    cx.disconnect_if_possible(user_id).await?;
    cx.store()?.delete_user(deletion).await?;

    cx.signed_out(&req)
}
