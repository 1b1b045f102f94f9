//! `POST /apps`: registers an app, and shows its token.

use schemars::JsonSchema;
use serde::Deserialize;
use shared::Context;
use shared::config::Rated;
use shared::context::Need;
use shared::domain::{App, AppId, LogoUrl, Name};
use shared::http::{
    self, ApiError, Bans, Credential, Endpoint, ErrorCode, GivenApp, Operation, Request, Response, StatusCode, Success,
};
use shared::store::{CreatedApp, Whom};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store, Need::SealingKeys], |cx, req| Box::pin(handle(cx, req)));

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Create an app",
    Credential::Login,
    &[Success::json::<GivenApp<'_>>(StatusCode::CREATED, "App created. The token is included.")],
)
.body::<Create>()
.errors(&[ErrorCode::TooMany, ErrorCode::RateLimited]);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AppCreate")]
struct Create {
    #[schemars(example = &"Casebook")]
    name: Name,
    logo_url: Option<LogoUrl>,
    /// Whether only the owner can see and authorize the app.
    #[serde(default)]
    private: bool,
}

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let Create { name, logo_url, private } = http::body(&req)?;

    let (owner_id, created_at) = (caller.account.user_id, cx.clock.now());
    cx.count(Rated::AppWrite, &Whom::User(owner_id)).await?;
    let id = AppId::new(created_at, cx.random()?);
    let app = App { id, name, logo_url, private, verified: false, trusted: false, owner_id, created_at };
    let (new, token) = cx.with_token(app).await?;
    match cx.store()?.create_app(&caller.account, &new).await? {
        CreatedApp::Done => http::json(StatusCode::CREATED, &GivenApp::new(new.app, &token)),
        CreatedApp::TooMany => Err(ApiError::TooMany("App limit reached (25). Delete one and try again.")),
    }
}
