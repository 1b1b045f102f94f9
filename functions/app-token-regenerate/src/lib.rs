//! `POST /apps/{app_id}/token`: gives an app of the caller's a new token; the old one is dead by the same write.

use shared::Context;
use shared::config::Rated;
use shared::context::Need;
use shared::http::{
    self, ApiError, Bans, Credential, Endpoint, ErrorCode, GivenToken, Operation, Request, Response, StatusCode,
    Success,
};
use shared::store::Whom;

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store, Need::SealingKeys], |cx, req| Box::pin(handle(cx, req)));

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Regenerate an app's token",
    Credential::Login,
    &[Success::json::<GivenToken<'_>>(StatusCode::OK, "New token. The old token stops working immediately.")],
)
.errors(&[ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::RateLimited]);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let app_id = http::path_id(&req, "app_id")?;
    http::no_body(&req)?;

    let seen = cx.own_app(&caller, app_id).await?;

    cx.count(Rated::AppWrite, &Whom::User(caller.account.user_id)).await?;
    let (new, token) = cx.with_token(seen.app.clone()).await?;
    if !cx.store()?.regenerate_token(&caller.account, &seen, &new).await? {
        return Err(ApiError::Conflict("Another request regenerated the token at the same time."));
    }

    http::json(StatusCode::OK, &GivenToken::new(&token))
}
