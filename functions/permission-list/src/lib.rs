//! `GET /permissions`: everything that an app can be authorized for.

use schemars::JsonSchema;
use serde::Serialize;
use shared::Context;
use shared::context::Need;
use shared::domain::Permission;
use shared::http::{self, ApiError, Credential, Endpoint, Operation, Request, Response, StatusCode, Success};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Permissions], |cx, req| Box::pin(handle(cx, req))).public();

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "List permissions",
    Credential::None,
    &[Success::json::<List<'_>>(StatusCode::OK, "The permissions, in the operator's order.")],
);

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Catalogue")]
struct List<'a> {
    permissions: &'a [Permission],
}

async fn handle(cx: &Context, _req: Request) -> Result<Response, ApiError> {
    http::json(StatusCode::OK, &List { permissions: cx.catalogue()?.entries() })
}
