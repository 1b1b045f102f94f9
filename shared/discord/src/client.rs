//! The HTTP below all calls: one client, time limits, bounded answers, and the errors that every call can meet.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder, Response, StatusCode, redirect};
use serde::de::DeserializeOwned;
use url::Url;

use super::{Error, Observer, RateLimit, RateLimitScope, Refusal, Rejection};
use domain::ClientSecret;

const MOST_BYTES: usize = 256 * 1024;
/// 200 guilds, each with a name of 100 escaped characters and its features.
const MOST_BYTES_OF_A_LIST: usize = 1024 * 1024;

/// The form that Discord requires, or its edge may turn us away.
const USER_AGENT: &str =
    concat!("DiscordBot (https://github.com/guildpass/guildpass, ", env!("CARGO_PKG_VERSION"), ")");

/// An application registered at Discord.
#[derive(Debug)]
pub struct Application {
    pub(super) client_id: String,
    pub(super) client_secret: ClientSecret,
}

impl Application {
    /// The application of that id and client secret.
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), client_secret: ClientSecret::new(client_secret.into()) }
    }
}

/// How long a request may take before it is given up.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// The connection.
    pub connect: Duration,
    /// All of it, to the last byte of the answer.
    pub request: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(1), request: Duration::from_secs(5) }
    }
}

/// A client of Discord for one application. Keeps connections; make one and keep it. Clones share the connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    api: Url,
    pub(super) application: Arc<Application>,
    observer: Option<Arc<dyn Observer>>,
}

impl Client {
    /// A client of the Discord that stands at `discord`: `https://discord.com`, or another one for development.
    ///
    /// ```no_run
    /// use discord::{Application, Client};
    ///
    /// fn client(secret: String) -> Result<Client, Box<dyn std::error::Error>> {
    ///     let discord = url::Url::parse("https://discord.com")?;
    ///     Ok(Client::new(&discord, Application::new("157730590492196864", secret))?)
    /// }
    /// ```
    pub fn new(discord: &Url, application: Application) -> Result<Self, Error> {
        Self::within(Timeouts::default(), discord, application)
    }

    /// The same, with other time limits.
    pub fn within(timeouts: Timeouts, discord: &Url, application: Application) -> Result<Self, Error> {
        // A second installation is refused and harmless: the first was ours too.
        let _already_installed = rustls::crypto::ring::default_provider().install_default();
        #[expect(clippy::disallowed_methods, reason = "the one place that makes an HTTP client")]
        let builder = reqwest::Client::builder();
        let http = builder
            .user_agent(USER_AGENT)
            .connect_timeout(timeouts.connect)
            .timeout(timeouts.request)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(Error::network)?;
        let mut api = discord.clone();
        api.set_path("/api/v10/");
        Ok(Self { http, api, application: Arc::new(application), observer: None })
    }

    /// The same client, with `observer` told of every rejection that it meets.
    pub fn observed_by(&self, observer: impl Observer + 'static) -> Self {
        Self { observer: Some(Arc::new(observer)), ..self.clone() }
    }

    pub(super) fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, Error> {
        let url = self.api.join(path).map_err(|_| Error::garbled(format!("no URL: {path}")))?;
        Ok(self.http.request(method, url))
    }
}

/// An answer that is not an error of everybody's: 2xx, or one that the caller must judge.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    is_json: bool,
    body: Vec<u8>,
}

impl Client {
    /// Sends a request and sorts out what every call can meet: network faults, 429, 5xx, Cloudflare, redirects.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Answer, Error> {
        self.send_bounded(request, MOST_BYTES).await
    }

    /// The same, for an answer that may be as long as a user's list of guilds.
    pub(super) async fn send_for_list(&self, request: RequestBuilder) -> Result<Answer, Error> {
        self.send_bounded(request, MOST_BYTES_OF_A_LIST).await
    }

    async fn send_bounded(&self, request: RequestBuilder, most_bytes: usize) -> Result<Answer, Error> {
        let response = request.send().await.map_err(Error::network)?;
        let response = self.observed(response).await?;
        let (status, is_json) = (response.status(), has_json(&response));
        if !is_json && !status.is_success() || status.is_server_error() || status.is_redirection() {
            return Err(Error::Unreachable(format!("status {}", status.as_u16()), None));
        }
        let answer = Answer { status, is_json, body: bounded_body(response, most_bytes).await? };
        if status == StatusCode::FORBIDDEN && answer.error_code() == Some(CLOUDFLARE_BLOCK) {
            return Err(Error::Unreachable("Cloudflare turned us away".into(), None));
        }
        Ok(answer)
    }

    /// Tells the observer of a rejection. Comes before everything else, since Discord counts by the status alone.
    async fn observed(&self, response: Response) -> Result<Response, Error> {
        match response.status() {
            status @ StatusCode::TOO_MANY_REQUESTS => {
                let headers = response.headers().clone();
                // That we are limited is certain; a body that does not come says nothing about how long.
                let body = bounded_body(response, MOST_BYTES).await.unwrap_or_default();
                let limit = RateLimit::read(&headers, &body);
                self.tell(Rejection { status, rate_limit: Some(limit) }).await;
                let global = limit.scope == RateLimitScope::Global;
                Err(Error::RateLimited { retry_after: limit.retry_after, global })
            }
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                self.tell(Rejection { status, rate_limit: None }).await;
                Ok(response)
            }
            _ => Ok(response),
        }
    }

    async fn tell(&self, rejection: Rejection) {
        if let Some(observer) = &self.observer {
            observer.rejected(rejection).await;
        }
    }
}

impl Answer {
    /// What a REST call made of a status that it did not ask for: 401 is the credential's, the rest has Discord's code.
    pub(super) fn refused(&self, credential: Refusal) -> Error {
        let status = self.status;
        match self.error_code() {
            _ if status == StatusCode::UNAUTHORIZED => Error::Refused { status, refusal: credential },
            Some(code) if status.is_client_error() => Error::Refused { status, refusal: Refusal::Code(code) },
            _ => Error::garbled(format!("status {}", status.as_u16())),
        }
    }

    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if !self.is_json {
            return Err(Error::garbled("not JSON"));
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| Error::Garbled(format!("{:?}", error.classify()), Some(error)))
    }

    fn error_code(&self) -> Option<u64> {
        self.json::<serde_json::Value>().ok()?.get("code")?.as_u64()
    }
}

/// `internal network error`: a block by Cloudflare in Discord's own error shape.
const CLOUDFLARE_BLOCK: u64 = 40333;

fn has_json(response: &Response) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| value.split(';').next().is_some_and(|kind| kind.trim() == "application/json"))
}

async fn bounded_body(mut response: Response, most_bytes: usize) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Error::network)? {
        if body.len().saturating_add(chunk.len()) > most_bytes {
            return Err(Error::garbled(format!("more than {most_bytes} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
