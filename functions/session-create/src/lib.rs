//! `POST /sessions`: makes an API token.

use schemars::JsonSchema;
use serde::Deserialize;
use shared::Context;
use shared::config::Rated;
use shared::context::Need;
use shared::domain::{Lifetime, Name, SessionType, expiry_after};
use shared::http::{
    self, ApiError, Bans, Credential, Endpoint, ErrorCode, GivenSession, Operation, Request, Response, StatusCode,
    Success, Wanted,
};
use shared::store::{Created, Whom};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store], |cx, req| Box::pin(handle(cx, req)));

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Create an API token",
    Credential::Session(Bans::Refuse),
    &[Success::json::<GivenSession<'_, ()>>(StatusCode::OK, "API token created. The token is shown only once.")],
)
.body::<Create>()
.errors(&[ErrorCode::TooMany, ErrorCode::RateLimited]);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ApiTokenCreate")]
struct Create {
    name: Name,
    /// Only `api`. The other types are created by signing in.
    #[schemars(extend("const" = "api"))]
    r#type: String,
    /// Lifetime in seconds.
    expiry: Lifetime,
}

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.session(&req, Bans::Refuse).await?;

    let Create { name, r#type, expiry } = http::body(&req)?;
    let (user_id, now) = (caller.account.user_id, cx.clock.now());
    let expiry = expiry_after(now, expiry);
    if !caller.session.may_create(now, expiry) {
        return Err(ApiError::field("expiry", "exceeds the lifetime of the token that makes the request"));
    }

    if r#type != SessionType::Api.as_str() {
        return Err(ApiError::Restricted("Only `api` sessions can be created here. Sign in to get the other types."));
    }

    cx.count(Rated::SessionCreate, &Whom::User(user_id)).await?;
    let sign_outs = caller.account.sign_outs;
    let wanted = Wanted { user_id, kind: SessionType::Api, name: Some(name), created_at: now, expiry, sign_outs };
    let (new, token) = cx.make_session(&req, wanted)?;
    match cx.store()?.create_api_token(&caller.account, &caller.session, &new).await? {
        Created::Done => http::json(StatusCode::OK, &GivenSession::new(&new.session, &token, None)),
        Created::TooMany => Err(ApiError::TooMany("API token limit reached (100). Delete one and try again.")),
    }
}
