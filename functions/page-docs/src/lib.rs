//! `GET /docs`: the API reference, for people. It needs nothing but itself, and knows nobody.

use openapi_get::DOCUMENT;
use shared::Context;
use shared::http::{self, ApiError, Endpoint, Request, Response, StatusCode};
use shared::pages::{DocsPage, Frame, Room};

/// This endpoint.
pub const ENDPOINT: Endpoint = Endpoint::page(env!("CARGO_PKG_NAME"), &[], |cx, req| Box::pin(handle(cx, req)));

async fn handle(_: &Context, _req: Request) -> Result<Response, ApiError> {
    let view = DocsPage::of(Frame::outside(Room::Docs), DOCUMENT).map_err(ApiError::internal)?;

    http::page(StatusCode::OK, &view)
}
