//! `POST /oauth2/token` and `POST /oauth2/token/revoke`: forms in, RFC 6749 errors out.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::answers::{self, OAuthError};
use super::authorize::{INVALID_SCOPE, known_scopes};
use super::grants::{Exchange, Refusal, TOKEN_LIFE_SECONDS, Tokens};
use super::params::Params;
use super::{Error, StandIn, random, world};

pub(crate) async fn token(State(stand_in): State<StandIn>, headers: HeaderMap, body: Bytes) -> Response {
    answer(stand_in.issue(&Sent::parse(&headers, &body)).map(|tokens| answers::not_stored(shape(&tokens))))
}

pub(crate) async fn revoke(State(stand_in): State<StandIn>, headers: HeaderMap, body: Bytes) -> Response {
    answer(stand_in.revoke(&Sent::parse(&headers, &body)).map(|()| Json(json!({})).into_response()))
}

/// Why there is no answer as wished.
enum Failure {
    Refused(OAuthError),
    Broken(Error),
}

impl From<OAuthError> for Failure {
    fn from(error: OAuthError) -> Self {
        Self::Refused(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Broken(error)
    }
}

fn answer(outcome: Result<Response, Failure>) -> Response {
    match outcome {
        Ok(response) => response,
        Err(Failure::Refused(error)) => error.into_response(),
        Err(Failure::Broken(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "stand-in Discord failed");
            answers::internal_server_error()
        }
    }
}

/// A form and the client's credentials, from the header or from the form.
struct Sent {
    form: Params,
    client_id: Option<String>,
    client_secret: Option<String>,
}

impl Sent {
    /// What is not a form is taken for an empty one, as by Discord.
    fn parse(headers: &HeaderMap, body: &[u8]) -> Self {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_form = content_type.starts_with("application/x-www-form-urlencoded");
        let form = Params::parse(if is_form { body } else { b"" });
        match basic(headers) {
            Some((id, secret)) => Self { form, client_id: Some(id), client_secret: Some(secret) },
            None => {
                let field = |name| form.get(name).map(str::to_owned);
                Self { client_id: field("client_id"), client_secret: field("client_secret"), form }
            }
        }
    }
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = text.split_once(' ')?;
    let decoded = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(credentials).ok()).flatten()?;
    let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

fn shape(tokens: &Tokens) -> serde_json::Value {
    let scope = tokens.scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    let mut shape = json!({
        "token_type": "Bearer",
        "access_token": tokens.access_token,
        "expires_in": TOKEN_LIFE_SECONDS,
        "scope": scope,
    });
    if let (Some(refresh_token), Some(shape)) = (&tokens.refresh_token, shape.as_object_mut()) {
        shape.insert("refresh_token".to_owned(), refresh_token.clone().into());
    }
    shape
}

impl StandIn {
    fn issue(&self, sent: &Sent) -> Result<Tokens, Failure> {
        match sent.form.get("grant_type") {
            Some("authorization_code") => self.exchange_code(sent),
            Some("refresh_token") => self.refresh(sent),
            Some("client_credentials") => self.issue_to_owner(sent),
            other => {
                let description = format!("Grant type {} is not supported", other.unwrap_or("None"));
                Err(OAuthError::described("unsupported_grant_type", description).into())
            }
        }
    }

    fn exchange_code(&self, sent: &Sent) -> Result<Tokens, Failure> {
        let verifier = sent.form.get("code_verifier");
        let is_known = sent.client_id.as_ref() == Some(&self.application().client_id);
        if is_known && sent.client_secret.is_none() && verifier.is_none() {
            return Err(refused(Refusal::NoVerifier).into());
        }
        self.authenticate(sent)?;
        let missing = || OAuthError::described("invalid_request", "Missing \"code\" in request.");
        let code = sent.form.get("code").ok_or_else(missing)?;

        let exchange = Exchange { code, redirect_uri: sent.form.get("redirect_uri"), verifier };
        let (fresh, now) = (random::tokens()?, self.now());
        Ok(self.change(|grants| grants.exchange(&exchange, fresh, now))?.map_err(refused)?)
    }

    fn refresh(&self, sent: &Sent) -> Result<Tokens, Failure> {
        self.authenticate(sent)?;
        let refresh_token = sent.form.get("refresh_token").ok_or(refused(Refusal::RefreshToken))?;
        let scopes =
            sent.form.get("scope").map(|text| known_scopes(text).ok_or(refused(Refusal::Scope))).transpose()?;

        let (fresh, now) = (random::tokens()?, self.now());
        Ok(self.change(|grants| grants.refresh(refresh_token, scopes, fresh, now))?.map_err(refused)?)
    }

    fn issue_to_owner(&self, sent: &Sent) -> Result<Tokens, Failure> {
        self.authenticate(sent)?;
        let scopes = sent.form.get("scope").and_then(known_scopes).ok_or(refused(Refusal::Scope))?;

        let (fresh, now) = (random::tokens()?, self.now());
        Ok(self.change(|grants| grants.issue_to_owner(world::ANNA, scopes, fresh, now))?)
    }

    fn revoke(&self, sent: &Sent) -> Result<(), Failure> {
        self.authenticate(sent)?;
        let token = sent.form.get("token").ok_or(OAuthError::bare("invalid_request"))?;
        if !matches!(sent.form.get("token_type_hint"), None | Some("access_token" | "refresh_token")) {
            return Err(OAuthError::bare("unsupported_token_type").into());
        }

        let now = self.now();
        Ok(self.change(|grants| grants.revoke(token, now))?)
    }

    fn authenticate(&self, sent: &Sent) -> Result<(), OAuthError> {
        let application = self.application();
        let right = sent.client_id.as_ref() == Some(&application.client_id)
            && sent.client_secret.as_ref() == Some(&application.client_secret);
        if right { Ok(()) } else { Err(OAuthError::INVALID_CLIENT) }
    }
}

fn refused(refusal: Refusal) -> OAuthError {
    match refusal {
        Refusal::Code => OAuthError::described("invalid_grant", "Invalid \"code\" in request."),
        Refusal::RedirectUri => OAuthError::described("invalid_request", "Invalid \"redirect_uri\" in request."),
        Refusal::NoVerifier => OAuthError::described("invalid_request", "Missing \"code_verifier\""),
        Refusal::MalformedVerifier => OAuthError::described("invalid_request", "Invalid \"code_verifier\""),
        Refusal::WrongVerifier => OAuthError::described("invalid_grant", "Invalid \"code_verifier\""),
        Refusal::RefreshToken => OAuthError::described("invalid_grant", "Invalid \"refresh_token\" in request"),
        Refusal::Scope => OAuthError::described("invalid_scope", INVALID_SCOPE),
    }
}
