//! `GET /apps`: the caller's apps, newest first.

use schemars::JsonSchema;
use serde::Serialize;
use shared::Context;
use shared::context::Need;
use shared::http::{
    self, ApiError, AppAnswer, Bans, Credential, Endpoint, Operation, Request, Response, StatusCode, Success,
};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store], |cx, req| Box::pin(handle(cx, req)));

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "List apps",
    Credential::Login,
    &[Success::json::<List>(StatusCode::OK, "The caller's apps, newest first.")],
);

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppList")]
struct List {
    apps: Vec<AppAnswer>,
}

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let apps = cx.store()?.apps_of(&caller.account).await?;

    http::json(StatusCode::OK, &List { apps: apps.into_iter().map(AppAnswer::whole).collect() })
}
