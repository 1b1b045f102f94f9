//! Asks a service over its public API. A token goes to the origin that it is of, and follows no redirect.

use std::time::Duration;

use domain::SessionId;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Method, RequestBuilder, Response, StatusCode, redirect};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use url::Url;

use super::credentials::{Credential, Source};
use super::failure::{Failure, Refusal, login_at};
use super::origin::Origin;

/// A function that starts cold and asks a slow Discord has answered by then.
const WHOLE_TIME: Duration = Duration::from_secs(30);
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// What people tell their sessions apart by.
const USER_AGENT: &str = concat!("guildpass-cli/", env!("CARGO_PKG_VERSION"));

/// A service, asked by nobody in particular.
pub(super) struct Api {
    http: reqwest::Client,
    origin: Origin,
}

impl Api {
    pub(super) fn new(origin: Origin) -> Result<Self, Failure> {
        // A second installation is refused and harmless: the first was ours too.
        let _already_installed = rustls::crypto::ring::default_provider().install_default();
        #[expect(clippy::disallowed_methods, reason = "with time limits, and redirects not followed")]
        let builder = reqwest::Client::builder();
        let builder = builder
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIME)
            .timeout(WHOLE_TIME)
            .redirect(redirect::Policy::none());
        // A proxy of the environment would read what plain http carries.
        let builder = if origin.is_here() { builder.no_proxy() } else { builder };
        match builder.build() {
            Ok(http) => Ok(Self { http, origin }),
            Err(error) => Err(Failure::unreachable(&origin, &error)),
        }
    }

    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The same service, asked with a credential.
    pub(super) fn with(&self, credential: Credential) -> SignedIn<'_> {
        SignedIn { api: self, credential }
    }

    /// `POST` without a credential.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        self.answer(with_json(self.http.post(self.origin.at(path)), body)).await
    }

    /// Whether a `GET` of that URL leads on to Discord, or is refused.
    pub(super) async fn require_way_on(&self, url: &Url) -> Result<(), Failure> {
        let response = self.sent(self.http.get(url.clone())).await?;
        if response.status() == StatusCode::FOUND && response.headers().contains_key(LOCATION) {
            return Ok(());
        }
        self.read(response).await?;
        Err(self.not_guildpass("it does not redirect to Discord"))
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Answer, Failure> {
        self.read(self.sent(request).await?).await
    }

    async fn sent(&self, request: RequestBuilder) -> Result<Response, Failure> {
        request.send().await.map_err(|error| self.unreachable(&error))
    }

    async fn read(&self, response: Response) -> Result<Answer, Failure> {
        let status = response.status();
        let text = response.text().await.map_err(|error| self.unreachable(&error))?;
        let is_answer = matches!(status, StatusCode::OK | StatusCode::CREATED) && is_json(&text);
        if is_answer || status == StatusCode::NO_CONTENT {
            return Ok(Answer { text, origin: self.origin.clone() });
        }
        match serde_json::from_str::<Refusal>(&text) {
            Ok(mut refusal) => {
                refusal.document = text.trim_end().to_owned();
                Err(Failure::Refused { refusal, advice: None })
            }
            Err(_) => Err(self.not_guildpass(&format!("it returned status {status}"))),
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        Failure::unreachable(&self.origin, error)
    }

    fn not_guildpass(&self, why: &str) -> Failure {
        Failure::NotGuildpass(self.origin.clone(), why.to_owned())
    }
}

/// A service, asked by somebody.
pub(super) struct SignedIn<'a> {
    api: &'a Api,
    credential: Credential,
}

impl SignedIn<'_> {
    pub(super) async fn get(&self, path: &str) -> Result<Answer, Failure> {
        self.get_with(path, []).await
    }

    /// With these parameters.
    pub(super) async fn get_with<'q>(
        &self,
        path: &str,
        query: impl IntoIterator<Item = (&'q str, &'q str)>,
    ) -> Result<Answer, Failure> {
        let mut url = self.api.origin.at(path);
        url.query_pairs_mut().extend_pairs(query);
        self.ask(Method::GET, without_empty_query(url), None).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        self.send(Method::POST, path, Some(body)).await
    }

    /// Without a body.
    pub(super) async fn post_nothing(&self, path: &str) -> Result<Answer, Failure> {
        self.send(Method::POST, path, None).await
    }

    pub(super) async fn patch(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub(super) async fn put(&self, path: &str, body: &Value) -> Result<(), Failure> {
        self.done(&self.send(Method::PUT, path, Some(body)).await?)
    }

    pub(super) async fn delete(&self, path: &str) -> Result<(), Failure> {
        self.done(&self.send(Method::DELETE, path, None).await?)
    }

    pub(super) fn not_guildpass(&self, why: &str) -> Failure {
        self.api.not_guildpass(why)
    }

    /// Believes that it was done if nothing else was answered.
    fn done(&self, answer: &Answer) -> Result<(), Failure> {
        if answer.text.is_empty() { Ok(()) } else { Err(self.api.not_guildpass("it returned an unexpected body")) }
    }

    /// The session that it is asked by.
    pub(super) fn session_id(&self) -> SessionId {
        self.credential.session_id()
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, Failure> {
        self.ask(method, self.api.origin.at(path), body).await
    }

    async fn ask(&self, method: Method, url: Url, body: Option<&Value>) -> Result<Answer, Failure> {
        let request = self.api.http.request(method, url).header(AUTHORIZATION, self.bearer()?);
        let request = match body {
            Some(body) => with_json(request, body),
            None => request,
        };
        self.api.answer(request).await.map_err(|failure| failure.advised("InvalidToken", || self.how_to_go_on()))
    }

    fn bearer(&self) -> Result<HeaderValue, Failure> {
        let value = HeaderValue::from_str(&format!("Bearer {}", self.credential.reveal()));
        let mut value = value.map_err(|_| Failure::Internal("The token cannot be sent in a header."))?;
        value.set_sensitive(true);
        Ok(value)
    }

    fn how_to_go_on(&self) -> String {
        match self.credential.source() {
            Source::Environment => {
                "The token in GUILDPASS_TOKEN has expired, was revoked, or belongs to another service.".to_owned()
            }
            Source::Input => {
                "The token has expired, was revoked, or belongs to another service. It was not stored.".to_owned()
            }
            Source::Kept => format!("The session has expired or was revoked. Run `{}`.", login_at(&self.api.origin)),
        }
    }
}

fn without_empty_query(mut url: Url) -> Url {
    if url.query() == Some("") {
        url.set_query(None);
    }
    url
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

fn with_json(request: RequestBuilder, body: &Value) -> RequestBuilder {
    request.header(CONTENT_TYPE, "application/json").body(body.to_string())
}

/// What a service answered when it said yes.
pub(super) struct Answer {
    /// To the character.
    pub(super) text: String,
    origin: Origin,
}

impl Answer {
    /// What it says. Fields that a later service adds are passed over.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.text).map_err(|error| {
            Failure::NotGuildpass(self.origin.clone(), format!("it returned an unexpected response ({error})"))
        })
    }
}
