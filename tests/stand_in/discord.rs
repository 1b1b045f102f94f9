//! A stand-in on a free port, a clock that is set by hand, and a client that does not follow redirects.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use local::stand_in::{Application, Options, Route, StandIn, Switch};
use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Client, RequestBuilder, redirect};
use serde_json::{Value, json};
use url::Url;

pub(super) const CLIENT_ID: &str = "1199999999999999999";
pub(super) const CLIENT_SECRET: &str = "the-client-secret";
pub(super) const BOT_TOKEN: &str = "the-bot-token";
pub(super) const REDIRECT: &str = "http://localhost:3000/callback";
pub(super) const APP_REDIRECT: &str = "guildpass://callback";
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Of RFC 7636, appendix B, as the verifier above.
pub(super) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(super) struct Discord {
    pub(super) stand_in: StandIn,
    url: String,
    clock: Arc<AtomicI64>,
    client: Client,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The parameters of the redirect.
    pub(super) fn redirected_with(&self) -> HashMap<String, String> {
        assert_eq!(self.status, 302, "{}", self.text);
        Url::parse(self.header(LOCATION.as_str())).unwrap().query_pairs().into_owned().collect()
    }

    /// Status and body in one, to compare with.
    pub(super) fn is(&self, status: u16, body: Value) {
        assert_eq!((self.status, self.json()), (status, body));
    }
}

impl Discord {
    pub(super) async fn new() -> Self {
        Self::keeping(None).await
    }

    pub(super) async fn keeping(keep_in: Option<PathBuf>) -> Self {
        let clock = Arc::new(AtomicI64::new(1_750_000_000_000));
        let hand = clock.clone();
        let application = Application {
            client_id: CLIENT_ID.into(),
            client_secret: CLIENT_SECRET.into(),
            bot_token: BOT_TOKEN.into(),
            redirect_uris: vec![REDIRECT.into(), APP_REDIRECT.into()],
        };
        let now = Arc::new(move || DateTime::from_timestamp_millis(hand.load(Ordering::SeqCst)).unwrap());
        let stand_in = StandIn::new(Options { application, now, keep_in }).unwrap();

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, stand_in.router()).into_future());

        drop(rustls::crypto::ring::default_provider().install_default());
        #[expect(clippy::disallowed_methods, reason = "a client of the suite")]
        let client = Client::builder().redirect(redirect::Policy::none()).no_proxy().build().unwrap();
        Self { stand_in, url, clock, client }
    }

    pub(super) fn address(&self) -> String {
        self.url.strip_prefix("http://").unwrap().to_owned()
    }

    pub(super) fn wait(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    pub(super) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.client.request(method.parse().unwrap(), format!("{}{path}", self.url))
    }

    pub(super) async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, text: response.text().await.unwrap() }
    }

    pub(super) async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(self.request("GET", path).bearer_auth(token)).await
    }

    pub(super) async fn control(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send(self.request(method, path).json(body)).await
    }

    /// An authorization request, with these parameters in place of the usual ones; an empty one is left out.
    pub(super) async fn authorize(&self, changes: &[(&str, &str)]) -> Answer {
        self.send(self.authorization(changes)).await
    }

    /// The same, before it is sent.
    pub(super) fn authorization(&self, changes: &[(&str, &str)]) -> RequestBuilder {
        let mut params = vec![
            ("client_id", CLIENT_ID),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("scope", "identify guilds"),
            ("state", "a b&c"),
        ];
        params.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        params.extend(changes.iter().filter(|(name, value)| !value.is_empty() || *name == "grant_scopes"));
        let url = Url::parse_with_params(&format!("{}/oauth2/authorize", self.url), params).unwrap();
        self.client.get(url)
    }

    pub(super) async fn code(&self, user: u64, changes: &[(&str, &str)]) -> String {
        let id = user.to_string();
        let mut all = vec![("as_user", id.as_str())];
        all.extend(changes);
        self.authorize(&all).await.redirected_with().remove("code").unwrap()
    }

    /// A form with the client's credentials, at the token endpoint.
    pub(super) async fn token(&self, form: &[(&str, &str)]) -> Answer {
        self.post("/api/oauth2/token", form).await
    }

    pub(super) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let mut all = vec![("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)];
        all.extend(form);
        self.send(self.request("POST", path).form(&all)).await
    }

    pub(super) async fn exchange(&self, code: &str) -> Answer {
        self.token(&[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT)]).await
    }

    pub(super) async fn refresh(&self, refresh_token: &str) -> Answer {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// Access and refresh token of a user who signs in.
    pub(super) async fn sign_in(&self, user: u64, scopes: &str) -> (String, String) {
        let code = self.code(user, &[("scope", scopes)]).await;
        pair(&self.exchange(&code).await)
    }

    pub(super) fn switch(&self, switch: Switch) {
        self.stand_in.faults().set(switch).unwrap();
    }

    pub(super) fn calls(&self, route: Route) -> u64 {
        self.stand_in.requests(route)
    }
}

pub(super) fn pair(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let body = answer.json();
    (body["access_token"].as_str().unwrap().into(), body["refresh_token"].as_str().unwrap().into())
}

pub(super) fn unauthorized() -> Value {
    json!({ "message": "401: Unauthorized", "code": 0 })
}

pub(super) fn oauth_error(error: &str, description: &str) -> Value {
    json!({ "error": error, "error_description": description })
}

/// The scopes of an answer, as a sorted list.
pub(super) fn scopes(answer: &Answer) -> Vec<String> {
    let mut scopes: Vec<_> = answer.json()["scope"].as_str().unwrap().split(' ').map(str::to_owned).collect();
    scopes.sort();
    scopes
}

pub(super) fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes()))
}

/// The permission bits of a guild in a list.
pub(super) fn permissions(guild: &Value) -> u64 {
    guild["permissions"].as_str().unwrap().parse().unwrap()
}
