//! `GET /oauth2/authorize`: sends a user's browser to Discord, for front ends and apps with a redirect of their own.

use shared::Context;
use shared::context::Need;
use shared::discord::AuthorizeRequest;
use shared::domain::{CodeChallenge, Prompt, RedirectKind, Scopes, State};
use shared::http::{self, ApiError, Endpoint, Query, Request, Response};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Discord, Need::SignIn], |cx, req| Box::pin(handle(cx, req)));

const PARAMETERS: [&str; 6] = ["redirect_uri", "state", "prompt", "scope", "code_challenge", "code_challenge_method"];

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let mut query = Query::of(&req, &PARAMETERS)?;
    let redirect_uri: String =
        query.take("redirect_uri")?.ok_or_else(|| ApiError::field("redirect_uri", "is missing"))?;
    let state: Option<State> = query.take("state")?;
    let prompt: Option<Prompt> = query.take("prompt")?;
    let extra: Option<Scopes> = query.take("scope")?;
    let challenge = code_challenge(&mut query)?;

    let sign_in = cx.sign_in()?;
    let scopes = Scopes::required().and(extra.unwrap_or_default());
    if !Scopes::required().and(sign_in.extra_scopes.clone()).contain(&scopes) {
        return Err(ApiError::field("scope", "holds a scope that may not be asked for here"));
    }
    let redirect = cx.allowed_redirect(&redirect_uri)?;
    if redirect.kind == RedirectKind::App && challenge.is_none() {
        return Err(ApiError::field("code_challenge", "is needed with the redirect of an app"));
    }

    let application = cx.application()?;
    let mut request = AuthorizeRequest::new(&application.client_id, &redirect_uri, &scopes);
    request.state = state.as_ref();
    request.prompt = prompt;
    request.code_challenge = challenge.as_ref();
    http::redirect(&request.url(&application.url))
}

/// A challenge comes with its method, and the method is `S256`: `plain` proves nothing (RFC 7636, section 7.2).
fn code_challenge(query: &mut Query) -> Result<Option<CodeChallenge>, ApiError> {
    let challenge = query.take("code_challenge")?;
    match query.take::<String>("code_challenge_method")?.as_deref() {
        Some("S256") if challenge.is_some() => Ok(challenge),
        None if challenge.is_none() => Ok(None),
        Some("S256") => Err(ApiError::field("code_challenge", "is missing")),
        _ => Err(ApiError::field("code_challenge_method", "must be S256")),
    }
}
