//! `POST /oauth2`: redeems Discord's code for a session.

use schemars::JsonSchema;
use serde::Deserialize;
use shared::Context;
use shared::context::Need;
use shared::domain::{AuthorizationCode, CodeVerifier, RedirectKind};
use shared::http::{
    self, ApiError, Credential, Endpoint, ErrorCode, GivenSession, Operation, Request, Response, SignedInUser,
    StatusCode, Success,
};

/// This endpoint.
pub const ENDPOINT: Endpoint = Endpoint::new(
    env!("CARGO_PKG_NAME"),
    &[Need::Store, Need::Discord, Need::SignIn, Need::SealingKeys, Need::ClientSecret],
    |cx, req| Box::pin(handle(cx, req)),
);

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Exchange a code for a session",
    Credential::BackEnd,
    &[Success::json::<GivenSession<'_, SignedInUser<'_>>>(
        StatusCode::OK,
        "The session, its token and the user: `app_login` (14 days) for an app redirect, else `login` (1 hour).",
    )],
)
.body::<Exchange>()
.errors(&[
    ErrorCode::InvalidCode,
    ErrorCode::Restricted,
    ErrorCode::MissingScope,
    ErrorCode::ApiBanned,
    ErrorCode::RateLimited,
    ErrorCode::DiscordUnavailable,
    ErrorCode::Unavailable,
]);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SignIn")]
struct Exchange {
    /// The `code` from Discord's redirect.
    code: AuthorizationCode,
    /// The exact redirect URI of the authorization request.
    #[schemars(example = &"https://dash.example/callback")]
    redirect_uri: String,
    /// PKCE code verifier. Required for an app redirect.
    code_verifier: Option<CodeVerifier>,
}

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let back_end = cx.back_end(&req).await?;

    let wanted: Exchange = http::body(&req)?;

    let redirect = cx.allowed_redirect(&wanted.redirect_uri)?;
    if redirect.kind == RedirectKind::App && wanted.code_verifier.is_none() {
        return Err(ApiError::field("code_verifier", "is required for an app redirect"));
    }

    let counted = cx.count_sign_in(&req, back_end.as_ref()).await?;
    let redeemed = cx.redeem(&wanted.code, &wanted.redirect_uri, wanted.code_verifier.as_ref()).await;
    let (profile, grant) = cx.settle(counted, redeemed).await?;
    let (session, token) = cx.sign_in_user(&req, redirect.kind, &profile, &grant).await?;

    http::json(StatusCode::OK, &GivenSession::new(&session, &token, Some(&profile)))
}
