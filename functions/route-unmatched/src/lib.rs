//! `$default`: what no route takes, in the same shape as every error. API Gateway's own 404 has another.

use shared::Context;
use shared::http::{self, ApiError, Endpoint, Request, Response};

/// This endpoint.
pub const ENDPOINT: Endpoint = Endpoint::new(env!("CARGO_PKG_NAME"), &[], |cx, req| Box::pin(handle(cx, req)));

async fn handle(_: &Context, req: Request) -> Result<Response, ApiError> {
    let methods = http::methods_of(http::path_of(&req));

    if methods.is_empty() {
        Err(ApiError::NotFound)
    } else {
        Err(ApiError::MethodNotAllowed { allow: methods.join(", ") })
    }
}
