//! `POST /oauth2`: redeems Discord's code for a session.

use serde::Deserialize;
use shared::Context;
use shared::config::Rated;
use shared::context::Need;
use shared::discord::Grant;
use shared::domain::{AuthorizationCode, CodeVerifier, RedirectKind, Scopes};
use shared::http::{self, ApiError, Endpoint, GivenSession, Request, Response, StatusCode};
use shared::store::Whom;

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store, Need::Discord, Need::SignIn, Need::Secrets], |cx, req| {
        Box::pin(handle(cx, req))
    });

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    code: AuthorizationCode,
    redirect_uri: String,
    code_verifier: Option<CodeVerifier>,
}

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let wanted: Exchange = http::body(&req)?;

    let redirect = cx.allowed_redirect(&wanted.redirect_uri)?;
    if redirect.kind == RedirectKind::App && wanted.code_verifier.is_none() {
        return Err(ApiError::field("code_verifier", "is needed with the redirect of an app"));
    }

    cx.count(Rated::SignIn, &Whom::Address(http::source_address(&req)?)).await?;
    let grant = redeem(cx, &wanted).await?;
    let profile = cx.discord().await?.identify(&grant.tokens.access).await?;
    let (session, token) = cx.sign_in_user(&req, redirect.kind, &profile, &grant).await?;

    http::json(StatusCode::OK, &GivenSession::new(&session, &token, Some(&profile)))
}

/// A code is burnt here before Discord sees it: of any number that redeem it at once, one gets to ask.
async fn redeem(cx: &Context, wanted: &Exchange) -> Result<Grant, ApiError> {
    let discord = cx.discord().await?;
    if !cx.store()?.burn_code(&wanted.code, cx.random()?, cx.clock.now()).await? {
        return Err(ApiError::InvalidCode);
    }

    let grant = discord.exchange(&wanted.code, &wanted.redirect_uri, wanted.code_verifier.as_ref()).await?;

    let required = Scopes::required();
    if grant.scopes.contain(&required) {
        Ok(grant)
    } else {
        Err(ApiError::MissingScope { scopes: required.to_string(), sign_in: None })
    }
}
