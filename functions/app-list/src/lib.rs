//! `GET /apps`: the caller's apps, newest first.

use serde::Serialize;
use shared::Context;
use shared::context::Need;
use shared::http::{self, ApiError, AppAnswer, Bans, Endpoint, Request, Response, StatusCode};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store], |cx, req| Box::pin(handle(cx, req)));

#[derive(Serialize)]
struct List {
    apps: Vec<AppAnswer>,
}

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let apps = cx.store()?.apps_of(&caller.account).await?;

    http::json(StatusCode::OK, &List { apps: apps.into_iter().map(AppAnswer::whole).collect() })
}
