//! A stand-in and our client in front of it; a Discord that gives one answer to everything.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use chrono::{DateTime, Utc};
use local::stand_in::{self, Options, Route, StandIn, Switch};
use serde_json::Value;
use shared::discord::{Application, AuthorizeRequest, Client, Error, Grant, Refusal};
use shared::domain::{AuthorizationCode, BotToken, Scopes};
use url::Url;

const CLIENT_ID: &str = "1199999999999999999";
const CLIENT_SECRET: &str = "the-client-secret";
const BOT_TOKEN: &str = "the-bot-token";
pub(super) const REDIRECT: &str = "http://localhost:3000/callback";
/// When it is, always.
const NOW: i64 = 1_750_000_000;

pub(super) struct Discord {
    pub(super) stand_in: StandIn,
    pub(super) client: Client,
    url: Url,
}

impl Discord {
    pub(super) async fn new() -> Self {
        let application = stand_in::Application {
            client_id: CLIENT_ID.into(),
            client_secret: CLIENT_SECRET.into(),
            bot_token: BOT_TOKEN.into(),
            redirect_uris: vec![REDIRECT.into()],
        };
        let stand_in = StandIn::new(Options { application, now: Arc::new(now), keep_in: None }).unwrap();
        let url = serve(stand_in.router()).await;
        Self { stand_in, client: client(&url), url }
    }

    /// A code for this user, over the page that our request opens.
    pub(super) async fn code(&self, user: u64, scopes: &str) -> AuthorizationCode {
        let scopes: Scopes = scopes.parse().unwrap();
        let mut page = AuthorizeRequest::new(CLIENT_ID, REDIRECT, &scopes).url(&self.url);
        page.query_pairs_mut().append_pair("as_user", &user.to_string());
        let back = crate::world::client().get(page).send().await.unwrap();
        let back = Url::parse(back.headers()["location"].to_str().unwrap()).unwrap();
        let code = back.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
        code.unwrap_or_else(|| panic!("no code: {back}")).parse().unwrap()
    }

    pub(super) async fn sign_in(&self, user: u64, scopes: &str) -> Grant {
        self.client.exchange(&self.code(user, scopes).await, REDIRECT, None).await.unwrap()
    }

    pub(super) fn switch(&self, switch: Switch) {
        self.stand_in.faults().set(switch).unwrap();
    }

    pub(super) fn calls(&self, route: Route) -> u64 {
        self.stand_in.requests(route)
    }
}

pub(super) fn bot() -> BotToken {
    BotToken::new(BOT_TOKEN.into())
}

pub(super) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).unwrap()
}

/// A client of a Discord that answers everything with this.
pub(super) async fn always(status: u16, body: &Value) -> Client {
    answering(status, &[(CONTENT_TYPE.as_str(), "application/json")], body.to_string()).await
}

pub(super) async fn answering(status: u16, headers: &[(&'static str, &'static str)], body: String) -> Client {
    let headers: axum::http::HeaderMap =
        headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    let answer = move || std::future::ready((StatusCode::from_u16(status).unwrap(), headers.clone(), body.clone()));
    client(&serve(Router::new().fallback(answer)).await)
}

pub(super) fn refusal(error: &Error) -> Option<(u16, Refusal)> {
    match error {
        Error::Refused { status, refusal } => Some((status.as_u16(), *refusal)),
        Error::RateLimited { .. } | Error::Unreachable(..) | Error::Garbled(..) => None,
    }
}

pub(super) fn is_garbled<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Garbled(..)))
}

fn client(url: &Url) -> Client {
    Client::new(url, Application::new(CLIENT_ID, CLIENT_SECRET)).unwrap()
}

async fn serve(router: Router) -> Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(axum::serve(listener, router).into_future());
    url
}
