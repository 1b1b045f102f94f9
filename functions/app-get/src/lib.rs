//! `GET /apps/{app_id}`: an app, all of it for its owner, and nothing of a private one for others.

use shared::Context;
use shared::context::Need;
use shared::http::{
    self, ApiError, AppAnswer, Bans, Credential, Endpoint, ErrorCode, Operation, Request, Response, StatusCode, Success,
};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store, Need::Operators], |cx, req| Box::pin(handle(cx, req)));

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Get an app",
    Credential::Session(Bans::Refuse),
    &[Success::json::<AppAnswer>(StatusCode::OK, "The app.")],
)
.errors(&[ErrorCode::NotFound]);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.session(&req, Bans::Refuse).await?;

    let app_id = http::path_id(&req, "app_id")?;

    let user_id = caller.account.user_id;
    let kept = cx.store()?.app(app_id).await?.filter(|kept| kept.is_open_to(user_id)).ok_or(ApiError::NotFound)?;

    let answer = match kept.app.owner_id == user_id {
        true => AppAnswer::whole(kept.app),
        false if cx.operators()?.include(user_id) => AppAnswer::for_operator(kept.app),
        false => AppAnswer::public(kept.app),
    };
    http::json(StatusCode::OK, &answer)
}
