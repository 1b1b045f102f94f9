//! `GET /sessions/manage`: where the viewer is signed in and with which API tokens, and the form that makes one.

use shared::Context;
use shared::context::Need;
use shared::domain::UserState;
use shared::http::{self, ApiError, Bans, Endpoint, Query, Request, Response, StatusCode};
use shared::pages::{Frame, Room, SessionsPage};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::page(env!("CARGO_PKG_NAME"), &[Need::Store], |cx, req| Box::pin(handle(cx, req)));

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.session(&req, Bans::Exempt).await?;

    let page: Option<String> = Query::of(&req, &["page"])?.take("page")?;
    let page = page.and_then(|page| page.parse().ok()).unwrap_or(1);

    let sessions = cx.live_sessions(&caller.account).await?;

    let frame = Frame::of(http::viewer(&caller), Room::Sessions);
    let may_create = caller.account.state != UserState::Banned;
    let view = SessionsPage::of(frame, sessions, caller.session.id, page, may_create, cx.clock.now());
    http::page(StatusCode::OK, &view)
}
