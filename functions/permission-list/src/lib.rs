//! `GET /permissions`: everything that an app can be authorized for.

use serde::Serialize;
use shared::Context;
use shared::context::Need;
use shared::domain::Permission;
use shared::http::{self, ApiError, Endpoint, Request, Response, StatusCode};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Permissions], |cx, req| Box::pin(handle(cx, req)));

#[derive(Serialize)]
struct List<'a> {
    permissions: &'a [Permission],
}

async fn handle(cx: &Context, _req: Request) -> Result<Response, ApiError> {
    http::json(StatusCode::OK, &List { permissions: cx.catalogue()?.entries() })
}
