//! `$default`: what no route takes, in the same shape as every error, or as a page. API Gateway's own 404 has another.

use shared::Context;
use shared::context::Need;
use shared::domain::ReturnTo;
use shared::http::{self, ApiError, Endpoint, Request, Response};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::for_both(env!("CARGO_PKG_NAME"), &[Need::Store], |cx, req| Box::pin(handle(cx, req)));

async fn handle(_: &Context, req: Request) -> Result<Response, ApiError> {
    let path = http::path_of(&req);
    let methods = http::methods_of(path);

    if let Some(meant) = meant(&req, path) {
        http::moved(&meant)
    } else if methods.is_empty() {
        Err(ApiError::NotFound)
    } else {
        Err(ApiError::MethodNotAllowed { allow: methods.join(", ") })
    }
}

/// What a reader meant who wrote a slash after it, with the query; `None` where that would lead anywhere but to a path of ours.
fn meant(req: &Request, path: &str) -> Option<ReturnTo> {
    let meant = http::without_trailing_slash(path).filter(|_| req.method().is_safe())?;
    let query = req.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{meant}{query}").parse().ok()
}
