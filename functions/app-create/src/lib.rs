//! `POST /apps`: registers an app, and shows its token.

use serde::Deserialize;
use shared::Context;
use shared::config::Rated;
use shared::context::Need;
use shared::domain::{App, AppId, LogoUrl, Name};
use shared::http::{self, ApiError, Bans, Endpoint, GivenApp, Request, Response, StatusCode};
use shared::store::{CreatedApp, Whom};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store, Need::Secrets], |cx, req| Box::pin(handle(cx, req)));

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    name: Name,
    logo_url: Option<LogoUrl>,
    #[serde(default)]
    private: bool,
}

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let Create { name, logo_url, private } = http::body(&req)?;

    let (owner_id, created_at) = (caller.account.user_id, cx.clock.now());
    cx.count(Rated::AppWrite, &Whom::User(owner_id)).await?;
    let id = AppId::new(created_at, cx.random()?);
    let app = App { id, name, logo_url, private, verified: false, owner_id, created_at };
    let (new, token) = cx.with_token(app).await?;
    match cx.store()?.create_app(&caller.account, &new).await? {
        CreatedApp::Done => http::json(StatusCode::CREATED, &GivenApp::new(new.app, &token)),
        CreatedApp::TooMany => Err(ApiError::TooMany("You have as many apps as one may have. Delete one first.")),
    }
}
