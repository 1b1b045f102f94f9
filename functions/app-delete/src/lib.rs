//! `DELETE /apps/{app_id}`: ends an app of the caller's at once, and deletes it with all its authorizations.

use shared::Context;
use shared::config::Rated;
use shared::context::Need;
use shared::http::{
    self, ApiError, Bans, Credential, Endpoint, ErrorCode, Operation, Request, Response, StatusCode, Success,
};
use shared::store::Whom;

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store], |cx, req| Box::pin(handle(cx, req)));

/// This endpoint, as its callers know it.
pub const OPERATION: Operation =
    Operation::new("Delete an app", Credential::Login, &[Success::empty(StatusCode::NO_CONTENT, "App deleted.")])
        .errors(&[ErrorCode::NotFound, ErrorCode::RateLimited]);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let app_id = http::path_id(&req, "app_id")?;
    http::no_body(&req)?;

    cx.count(Rated::AppWrite, &Whom::User(caller.account.user_id)).await?;
    if !cx.store()?.delete_app(&caller.account, app_id, cx.clock.now()).await? {
        return Err(ApiError::NotFound);
    }

    Ok(http::no_content())
}
