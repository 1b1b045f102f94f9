//! `GET /assets/{version}/{name}`: the stylesheet and the script of our pages.

use shared::Context;
use shared::http::{self, ApiError, Endpoint, Request, Response};
use shared::pages::asset_of;

/// This endpoint.
pub const ENDPOINT: Endpoint = Endpoint::page(env!("CARGO_PKG_NAME"), &[], |cx, req| Box::pin(handle(cx, req)));

async fn handle(_: &Context, req: Request) -> Result<Response, ApiError> {
    let asset = asset_of(http::path(&req, "version")?, http::path(&req, "name")?).ok_or(ApiError::NotFound)?;

    Ok(http::asset(asset))
}
