//! `GET /portal`: the viewer's apps.

use shared::Context;
use shared::context::Need;
use shared::http::{self, ApiError, Bans, Endpoint, Request, Response, StatusCode};
use shared::pages::{AppBox, Frame, PortalPage, Room};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::page(env!("CARGO_PKG_NAME"), &[Need::Store], |cx, req| Box::pin(handle(cx, req)));

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let apps = cx.store()?.apps_of(&caller.account).await?;

    let now = cx.clock.now();
    let frame = Frame::of(http::viewer(&caller), Room::Portal);
    let apps = apps.iter().map(|app| AppBox::of(app, now)).collect();
    http::page(StatusCode::OK, &PortalPage { frame, apps })
}
