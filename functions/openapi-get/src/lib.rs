//! `GET /openapi.json`: the API reference.

use schemars::JsonSchema;
use shared::Context;
use shared::http::{self, ApiError, Credential, Endpoint, Operation, Request, Response, StatusCode, Success};

/// This endpoint.
pub const ENDPOINT: Endpoint = Endpoint::new(env!("CARGO_PKG_NAME"), &[], |cx, req| Box::pin(handle(cx, req))).public();

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Get the OpenAPI document",
    Credential::None,
    &[Success::json::<Document>(StatusCode::OK, "The OpenAPI document.")],
);

/// Made by `local`, from all operations; a test sees to it that it is what would be made now.
pub const DOCUMENT: &str = include_str!("../openapi.json");

async fn handle(_: &Context, _req: Request) -> Result<Response, ApiError> {
    Ok(http::json_text(DOCUMENT))
}

/// An OpenAPI 3.1 document.
#[derive(JsonSchema)]
#[schemars(
    rename = "OpenApi",
    extend(
        "type" = "object",
        "properties" = {"openapi": {"type": "string"}},
        "required" = ["openapi"],
        "examples" = [{"openapi": "3.1.0"}]
    )
)]
struct Document;
