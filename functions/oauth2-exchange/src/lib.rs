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
pub const OPERATION: Operation = Operation::new("Redeems Discord's code for a session.", Credential::BackEnd, &[Success::json::<GivenSession<'_, SignedInUser<'_>>>(StatusCode::OK, "The session, with its token, and who signed in: over the redirect of an app an `app_login` of 14 days, else a `login` of one hour.")]).body::<Exchange>().errors(&[ErrorCode::InvalidCode, ErrorCode::Restricted, ErrorCode::MissingScope, ErrorCode::ApiBanned, ErrorCode::RateLimited, ErrorCode::DiscordUnavailable, ErrorCode::Unavailable]);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SignIn")]
struct Exchange {
    /// What Discord sent the browser back with.
    code: AuthorizationCode,
    /// The one that the sign-in was begun with, to the character.
    #[schemars(example = &"https://dash.example/callback")]
    redirect_uri: String,
    /// Needed over the redirect of an app.
    code_verifier: Option<CodeVerifier>,
}

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let back_end = cx.back_end(&req).await?;

    let wanted: Exchange = http::body(&req)?;

    let redirect = cx.allowed_redirect(&wanted.redirect_uri)?;
    if redirect.kind == RedirectKind::App && wanted.code_verifier.is_none() {
        return Err(ApiError::field("code_verifier", "is required with the redirect of an app"));
    }

    let counted = cx.count_sign_in(&req, back_end.as_ref()).await?;
    let redeemed = cx.redeem(&wanted.code, &wanted.redirect_uri, wanted.code_verifier.as_ref()).await;
    let (profile, grant) = cx.settle(counted, redeemed).await?;
    let (session, token) = cx.sign_in_user(&req, redirect.kind, &profile, &grant).await?;

    http::json(StatusCode::OK, &GivenSession::new(&session, &token, Some(&profile)))
}
