//! `DELETE /apps/{app_id}/users/@me`: the caller takes back what an app may do for them.

use shared::Context;
use shared::config::Rated;
use shared::context::Need;
use shared::domain::Subject;
use shared::http::{
    self, ApiError, Bans, Credential, Endpoint, ErrorCode, Operation, Request, Response, StatusCode, Success,
};
use shared::store::{TakenBack, Whom};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store], |cx, req| Box::pin(handle(cx, req)));

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Revoke a user authorization",
    Credential::Login,
    &[Success::empty(StatusCode::NO_CONTENT, "Authorization revoked.")],
)
.errors(&[ErrorCode::NotFound, ErrorCode::RateLimited]);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let app_id = http::path_id(&req, "app_id")?;
    http::no_body(&req)?;
    let (account, subject) = (&caller.account, Subject::User(caller.account.user_id));

    cx.count(Rated::AppWrite, &Whom::User(account.user_id)).await?;
    if !cx.store()?.take_back(account, app_id, subject, TakenBack::ByRight, cx.clock.now()).await? {
        return Err(ApiError::NotFound);
    }

    Ok(http::no_content())
}
