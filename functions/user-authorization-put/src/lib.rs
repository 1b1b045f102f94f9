//! `PUT /apps/{app_id}/users/@me`: the caller says what an app may do for them.

use shared::Context;
use shared::config::Rated;
use shared::context::Need;
use shared::domain::{Subject, SubjectKind};
use shared::http::{
    self, ApiError, AuthorizationAnswer, Bans, Credential, Endpoint, ErrorCode, Grant, Operation, Request, Response,
    StatusCode, Success, UserAnswer,
};
use shared::store::Whom;

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store, Need::Permissions], |cx, req| Box::pin(handle(cx, req)));

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Authorize an app for the current user",
    Credential::Login,
    &[
        Success::json::<AuthorizationAnswer<UserAnswer>>(StatusCode::OK, "Authorization replaced."),
        Success::json::<AuthorizationAnswer<UserAnswer>>(StatusCode::CREATED, "Authorization created."),
    ],
)
.body::<Grant>()
.errors(&[ErrorCode::NotFound, ErrorCode::RateLimited]);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let granted = cx.granted(&req, SubjectKind::User)?;
    let app_id = http::path_id(&req, "app_id")?;
    let (user_id, subject) = (caller.account.user_id, Subject::User(caller.account.user_id));

    let (_, before) = cx.app_to_authorize(&caller, app_id, Some(subject)).await?;

    cx.count(Rated::AppWrite, &Whom::User(user_id)).await?;
    cx.authorize(&caller, (app_id, subject), granted, None, before.is_some()).await
}
