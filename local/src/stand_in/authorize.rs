//! `GET /oauth2/authorize`: checks the request as Discord does, then shows the page or, with `as_user`, acts for the user. With
//! `prompt=none` it does not ask whom it asked before, in the same browser and for the same scopes.

use axum::extract::{RawQuery, State};
use axum::http::header::{COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use url::Url;

use super::grants::{Approval, Approved, Scopes};
use super::params::Params;
use super::{Application, StandIn, answers, page, random, world};

pub(crate) const INVALID_SCOPE: &str = "The requested scope is invalid, unknown, or malformed.";
const CANCELLED: &str = "The resource owner or authorization server denied the request";

/// What Discord grants to an application without asking anybody.
const GRANTABLE: [&str; 8] = [
    "identify",
    "email",
    "connections",
    "guilds",
    "guilds.join",
    "guilds.members.read",
    "openid",
    "role_connections.write",
];

/// Whom a browser is signed in as, here.
const SIGNED_IN: &str = "stand-in-discord-user";

pub(crate) async fn authorize(
    State(stand_in): State<StandIn>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    match stand_in.decide(&params, signed_in(&headers)) {
        Ok(Decision::Ask(scopes)) => page::ask(&scopes, &params),
        Ok(Decision::Redirect { location, user_id }) => {
            let cookie = format!("{SIGNED_IN}={user_id}; Path=/oauth2/authorize; HttpOnly; SameSite=Lax");
            (StatusCode::FOUND, [(LOCATION, location), (SET_COOKIE, cookie)]).into_response()
        }
        Err(Refusal::Page(message)) => page::error(&message),
        Err(Refusal::Redirect(location)) => (StatusCode::FOUND, [(LOCATION, location)]).into_response(),
        Err(Refusal::Broken(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "stand-in Discord failed");
            answers::internal_server_error()
        }
    }
}

fn signed_in(headers: &HeaderMap) -> Option<u64> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == SIGNED_IN)?.1.parse().ok()
}

enum Decision {
    Ask(Scopes),
    Redirect { location: String, user_id: u64 },
}

enum Refusal {
    /// Where the redirect URI cannot be trusted.
    Page(String),
    Redirect(String),
    Broken(super::Error),
}

/// The scopes of a space-separated list; `None` if it is empty or one of them is not grantable.
pub(crate) fn known_scopes(text: &str) -> Option<Scopes> {
    let scopes: Scopes = text.split_ascii_whitespace().map(str::to_owned).collect();
    let all_known = scopes.iter().all(|scope| GRANTABLE.contains(&scope.as_str()));
    (all_known && !scopes.is_empty()).then_some(scopes)
}

impl StandIn {
    fn decide(&self, params: &Params, signed_in: Option<u64>) -> Result<Decision, Refusal> {
        let back = Back::parse(self.application(), params)?;
        let challenge = challenge(params).map_err(|description| back.refusal("invalid_request", description))?;
        back.check_scheme(challenge)?;
        check_response_type(&back, params)?;
        let scopes = params.get("scope").and_then(known_scopes);
        let scopes = scopes.ok_or_else(|| back.refusal("invalid_scope", INVALID_SCOPE))?;

        let agreed_before = signed_in.filter(|user_id| self.has_agreed(*user_id, &scopes));
        let (user_id, approved) = match (params.get("as_user"), params.raw("grant_scopes"), agreed_before) {
            (None, None, Some(user_id)) if params.get("prompt") == Some("none") => (user_id, Approved::Also(scopes)),
            (None, None, _) => return Ok(Decision::Ask(scopes)),
            (None, Some(_), _) => return Err(Refusal::Page("grant_scopes means nothing without as_user".into())),
            (Some("cancel"), _, _) => return Err(back.refusal("access_denied", CANCELLED)),
            (Some(user), None, _) => (seeded_user(user)?, Approved::Also(scopes)),
            (Some(user), Some(exactly), _) => {
                let exactly = exactly.split_ascii_whitespace().map(str::to_owned).collect();
                (seeded_user(user)?, Approved::Exactly(exactly))
            }
        };
        let approval = Approval { user_id, redirect_uri: back.raw, challenge, scopes: approved };
        let code = self.approve(approval).map_err(Refusal::Broken)?;
        Ok(Decision::Redirect { location: back.with(&[("code", &code)]), user_id })
    }

    fn has_agreed(&self, user_id: u64, scopes: &Scopes) -> bool {
        scopes.is_subset(&self.grants().authorized(user_id))
    }

    fn approve(&self, approval: Approval<'_>) -> Result<String, super::Error> {
        let (code, now) = (random::code()?, self.now());
        self.change(|grants| grants.approve(code.clone(), approval, now))?;
        Ok(code)
    }
}

/// The way back to the application.
struct Back<'a> {
    raw: &'a str,
    uri: Url,
    state: Option<&'a str>,
}

impl<'a> Back<'a> {
    /// Trusts nothing but a registered redirect URI, compared as a string; without one in the request, the first.
    fn parse(application: &'a Application, params: &'a Params) -> Result<Self, Refusal> {
        if params.get("client_id") != Some(&application.client_id) {
            return Err(Refusal::Page("Unknown application: client_id is missing or not registered".into()));
        }
        let mut registered = application.redirect_uris.iter();
        let found = match params.get("redirect_uri") {
            None => registered.next(),
            Some(asked) => registered.find(|uri| *uri == asked),
        };
        let parsed = found.and_then(|raw| Url::parse(raw).ok().map(|uri| (raw, uri)));
        let (raw, uri) = parsed.ok_or_else(|| Refusal::Page("Invalid OAuth2 redirect_uri".into()))?;
        Ok(Self { raw, uri, state: params.raw("state") })
    }

    /// An application's own scheme can be claimed by any program on the device, hence only with PKCE.
    fn check_scheme(&self, challenge: Option<&str>) -> Result<(), Refusal> {
        let custom = !matches!(self.uri.scheme(), "http" | "https");
        if custom && challenge.is_none() {
            return Err(Refusal::Page("Invalid OAuth2 redirect_uri: a custom scheme needs PKCE".into()));
        }
        Ok(())
    }

    fn with(&self, pairs: &[(&str, &str)]) -> String {
        let mut uri = self.uri.clone();
        uri.query_pairs_mut().extend_pairs(pairs).extend_pairs(self.state.map(|state| ("state", state)));
        uri.into()
    }

    fn refusal(&self, error: &str, description: &str) -> Refusal {
        Refusal::Redirect(self.with(&[("error", error), ("error_description", description)]))
    }
}

fn check_response_type(back: &Back<'_>, params: &Params) -> Result<(), Refusal> {
    match params.get("response_type") {
        Some("code") => Ok(()),
        None => Err(back.refusal("invalid_request", "Missing response_type parameter.")),
        Some(_) => Err(back.refusal("unsupported_response_type", "The stand-in knows response_type code only.")),
    }
}

/// The PKCE challenge; without `S256` beside it there is none that counts.
fn challenge(params: &Params) -> Result<Option<&str>, &'static str> {
    match (params.get("code_challenge"), params.get("code_challenge_method")) {
        (None, None) => Ok(None),
        (Some(challenge), Some("S256")) if is_challenge(challenge) => Ok(Some(challenge)),
        (_, Some("S256")) => Err("Invalid \"code_challenge\""),
        _ => Err("Unsupported \"code_challenge_method\""),
    }
}

/// 43 characters of base64url are a SHA-256.
fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn seeded_user(text: &str) -> Result<u64, Refusal> {
    let user = text.parse().ok().and_then(world::user);
    user.map(|user| user.id).ok_or_else(|| Refusal::Page("as_user is neither a seeded user's id nor \"cancel\"".into()))
}
