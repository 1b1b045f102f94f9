//! `GET /oauth2/authorize`: sends a user's browser to Discord, for front ends and apps with a redirect of their own, and for our pages.

use shared::Context;
use shared::context::Need;
use shared::discord::AuthorizeRequest;
use shared::domain::{ChallengeMethod, CodeChallenge, Prompt, RedirectKind, ReturnTo, Scopes, State};
use shared::http::{
    self, ApiError, Credential, Endpoint, ErrorCode, Operation, Parameter, Query, Request, Response, StatusCode,
    Success,
};

/// This endpoint.
pub const ENDPOINT: Endpoint = Endpoint::for_both(
    env!("CARGO_PKG_NAME"),
    &[Need::Store, Need::Discord, Need::SignIn, Need::SealingKeys],
    |cx, req| Box::pin(handle(cx, req)),
);

/// This endpoint, as its callers know it.
pub const OPERATION: Operation =
    Operation::new("Start a sign-in", Credential::None, &[Success::empty(StatusCode::FOUND, "Redirect to Discord.")])
        .query(&[
            Parameter::of::<String>(
                "redirect_uri",
                "Where Discord sends the code. Must equal an entry of the allow-list exactly. Defaults to \
         this site's own pages.",
            ),
            Parameter::of::<ReturnTo>(
                "return_to",
                "Path on this site to open after the sign-in. Only without `redirect_uri`.",
            ),
            Parameter::of::<State>("state", "Returned unchanged with the code."),
            Parameter::of::<Prompt>("prompt", "Whether Discord asks again for consent that the user has given before."),
            Parameter::of::<Scopes>("scope", "Scopes in addition to `identify` and `guilds`, separated by spaces."),
            Parameter::of::<CodeChallenge>("code_challenge", "PKCE code challenge. Required for an app redirect."),
            Parameter::of::<ChallengeMethod>(
                "code_challenge_method",
                "Required with `code_challenge`, not allowed without it.",
            ),
        ])
        .errors(&[ErrorCode::Restricted, ErrorCode::Unavailable]);

const PARAMETERS: [&str; 7] =
    ["redirect_uri", "return_to", "state", "prompt", "scope", "code_challenge", "code_challenge_method"];

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let mut query = Query::of(&req, &PARAMETERS)?;
    let redirect_uri: Option<String> = query.take("redirect_uri")?;
    let return_to: Option<ReturnTo> = query.take("return_to")?;
    if redirect_uri.is_none() {
        http::retry_sign_in(&req, return_to.clone().unwrap_or_default());
    }
    let state: Option<State> = query.take("state")?;
    let prompt: Option<Prompt> = query.take("prompt")?;
    let scopes = scopes(cx, query.take("scope")?)?;
    let challenge = code_challenge(&mut query)?;

    let Some(redirect_uri) = redirect_uri else {
        return cx.begin_sign_in(&req, return_to.unwrap_or_default(), &scopes, prompt).await;
    };
    // A front end or app, which makes its own state and keeps its own verifier.
    let redirect = cx.allowed_redirect(&redirect_uri)?;
    if redirect.kind == RedirectKind::App && challenge.is_none() {
        return Err(ApiError::field("code_challenge", "is required for an app redirect"));
    }

    let application = cx.application()?;
    let mut request = AuthorizeRequest::new(&application.client_id, &redirect_uri, &scopes);
    request.state = state.as_ref();
    request.prompt = prompt;
    request.code_challenge = challenge.as_ref();
    http::redirect(&request.url(&application.url))
}

fn scopes(cx: &Context, extra: Option<Scopes>) -> Result<Scopes, ApiError> {
    let scopes = Scopes::required().and(extra.unwrap_or_default());
    if Scopes::required().and(cx.sign_in()?.extra_scopes.clone()).contain(&scopes) {
        Ok(scopes)
    } else {
        Err(ApiError::field("scope", "has a scope that this service does not offer"))
    }
}

/// A challenge comes with its method.
fn code_challenge(query: &mut Query) -> Result<Option<CodeChallenge>, ApiError> {
    let challenge: Option<CodeChallenge> = query.take("code_challenge")?;
    let method: Option<ChallengeMethod> = query.take("code_challenge_method")?;
    match (&challenge, method) {
        (Some(_), None) => Err(ApiError::field("code_challenge_method", "is missing")),
        (None, Some(_)) => Err(ApiError::field("code_challenge", "is missing")),
        _ => Ok(challenge),
    }
}
