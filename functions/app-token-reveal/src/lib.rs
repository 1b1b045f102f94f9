//! `GET /apps/{app_id}/token`: shows an app's token to its owner again, who signed in with a browser. Every time is logged.

use shared::Context;
use shared::context::Need;
use shared::domain::SessionType;
use shared::http::{
    self, ApiError, Bans, Credential, Endpoint, ErrorCode, GivenToken, Operation, Request, Response, StatusCode,
    Success,
};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store, Need::SealingKeys], |cx, req| Box::pin(handle(cx, req)));

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Reveal an app's token",
    Credential::BrowserLogin,
    &[Success::json::<GivenToken<'_>>(StatusCode::OK, "The token.")],
)
.errors(&[ErrorCode::NotFound, ErrorCode::Conflict]);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.session(&req, Bans::Refuse).await?;

    let app_id = http::path_id(&req, "app_id")?;

    if caller.session.kind != SessionType::Login {
        return Err(ApiError::Restricted("Requires a browser session. Sign in with a browser to see the token."));
    }
    let kept = cx.own_app(&caller, app_id).await?;

    let token = cx.reveal_token(&kept).await?;
    http::json(StatusCode::OK, &GivenToken::new(&token))
}
