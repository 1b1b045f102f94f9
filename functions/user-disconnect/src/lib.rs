//! `DELETE /users/@me/discord`: gives the caller's grant back to Discord and forgets it.

use shared::Context;
use shared::context::Need;
use shared::http::{
    self, ApiError, Bans, Credential, Endpoint, ErrorCode, Operation, Request, Response, StatusCode, Success,
};

/// This endpoint.
pub const ENDPOINT: Endpoint = Endpoint::new(
    env!("CARGO_PKG_NAME"),
    &[Need::Store, Need::Discord, Need::SealingKeys, Need::ClientSecret],
    |cx, req| Box::pin(handle(cx, req)),
);

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Disconnect Discord",
    Credential::Login,
    &[Success::empty(StatusCode::NO_CONTENT, "Grant revoked at Discord and deleted.")],
)
.errors(&[ErrorCode::DiscordUnavailable]);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    http::no_body(&req)?;

    cx.disconnect(caller.account.user_id).await?;

    Ok(http::no_content())
}
