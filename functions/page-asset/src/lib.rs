//! `GET /assets/{version}/{name}`: the stylesheet and the script of our pages. `GET /favicon.ico`, `GET /robots.txt`: what browsers and
//! robots look for by name.

use shared::Context;
use shared::http::{self, ApiError, Endpoint, Request, Response};
use shared::pages::{asset_of, well_known};

/// This endpoint.
pub const ENDPOINT: Endpoint = Endpoint::page(env!("CARGO_PKG_NAME"), &[], |cx, req| Box::pin(handle(cx, req)));

async fn handle(_: &Context, req: Request) -> Result<Response, ApiError> {
    if let Some(file) = well_known(http::path_of(&req)) {
        return Ok(http::well_known(file));
    }
    let asset = asset_of(http::path(&req, "version")?, http::path(&req, "name")?).ok_or(ApiError::NotFound)?;

    Ok(http::asset(asset))
}
