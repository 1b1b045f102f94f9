//! `GET /users/@me/authorizations`: the apps that the caller has authorized for themselves.

use shared::Context;
use shared::context::Need;
use shared::http::{
    self, ApiError, AuthorizedApps, Bans, CURSOR, Credential, Endpoint, LIMIT, List, Operation, Query, Request,
    Response, StatusCode, Success, UserAnswer,
};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store, Need::SealingKeys, Need::Permissions], |cx, req| {
        Box::pin(handle(cx, req))
    });

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "List user authorizations",
    Credential::Session(Bans::Refuse),
    &[Success::json::<AuthorizedApps<UserAnswer>>(StatusCode::OK, "A page of authorizations.")],
)
.query(&[LIMIT, CURSOR]);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.session(&req, Bans::Refuse).await?;

    let user_id = caller.account.user_id;
    let list = List::AppsOfUser(user_id);
    let page = cx.page(&mut Query::of(&req, &["limit", "cursor"])?, list).await?;

    let paged = cx.store()?.apps_of_user(user_id, &page, cx.clock.now()).await?;

    http::json(StatusCode::OK, &cx.authorized_apps(list, paged).await?)
}
