//! Where Discord sends the browser back to: a listener on this machine, for one answer (RFC 8252, section 7.3).

use std::net::Ipv4Addr;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use url::{Url, form_urlencoded};

use super::login::Unfinished;

/// How long the browser may take to read the page that it is answered with.
const LAST_PAGE: Duration = Duration::from_secs(2);

/// A redirect URI that leads to this machine: `http://127.0.0.1:<port>/<path>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LoopbackUri {
    /// To the character, as the service and Discord compare it.
    text: String,
    port: u16,
    path: String,
}

/// The text leads somewhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a URL on this machine, like http://127.0.0.1:8976/callback")]
pub(super) struct NotLoopback;

impl LoopbackUri {
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for LoopbackUri {
    type Err = NotLoopback;

    fn from_str(text: &str) -> Result<Self, NotLoopback> {
        let url = Url::parse(text).map_err(|_| NotLoopback)?;
        let is_plain = url.scheme() == "http"
            && matches!(url.host_str(), Some("127.0.0.1" | "localhost"))
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        let port = url.port_or_known_default().filter(|port| is_plain && *port != 0).ok_or(NotLoopback)?;
        Ok(Self { text: text.to_owned(), port, path: url.path().to_owned() })
    }
}

/// Listens where the browser comes back to.
pub(super) struct Listener {
    tcp: TcpListener,
    path: String,
}

/// What the browser came back with.
type Outcome = Result<String, Unfinished>;

/// The sign-in that is waited for.
struct Awaited {
    path: String,
    state: String,
    /// Taken by the one answer that counts.
    tell: Mutex<Option<oneshot::Sender<Outcome>>>,
}

impl Listener {
    /// On 127.0.0.1, for nobody beyond this machine.
    pub(super) async fn bind(uri: &LoopbackUri) -> Result<Self, Unfinished> {
        let port = uri.port;
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let tcp = tcp.map_err(|source| Unfinished::Port { port, source })?;
        Ok(Self { tcp, path: uri.path.clone() })
    }

    /// The code that comes back with this `state`. What comes with another one is refused, and waited on.
    pub(super) async fn code(self, state: String, patience: Duration) -> Outcome {
        let (tell, told) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let awaited = Arc::new(Awaited { path: self.path, state, tell: Mutex::new(Some(tell)) });
        let router = Router::new().fallback(come_back).with_state(awaited);
        let until = async move {
            // An error means that nobody waits any more.
            let _nobody_waits = stopped.await;
        };
        let mut server = tokio::spawn(axum::serve(self.tcp, router).with_graceful_shutdown(until).into_future());

        let outcome = match tokio::time::timeout(patience, told).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => Err(Unfinished::TimedOut),
        };
        drop(stop);
        if tokio::time::timeout(LAST_PAGE, &mut server).await.is_err() {
            server.abort();
        }
        outcome
    }
}

async fn come_back(
    State(awaited): State<Arc<Awaited>>,
    method: Method,
    uri: Uri,
    RawQuery(query): RawQuery,
) -> Response {
    if uri.path() != awaited.path || method != Method::GET {
        return page(StatusCode::NOT_FOUND, "Not found.");
    }
    match awaited.taken(query.unwrap_or_default().as_bytes()) {
        Some((tell, outcome)) => {
            let said = match &outcome {
                Ok(_) => "You can close this window and return to the terminal.",
                Err(_) => "Not signed in. You can close this window. See the terminal for the reason.",
            };
            // Nobody listens if the time was up at this very moment.
            let _too_late = tell.send(outcome);
            page(StatusCode::OK, said)
        }
        None => page(StatusCode::BAD_REQUEST, "Invalid `state`: no terminal on this machine waits for this sign-in."),
    }
}

impl Awaited {
    /// The outcome that a query tells, and whom to tell it, if it is the awaited one's and the first.
    fn taken(&self, query: &[u8]) -> Option<(oneshot::Sender<Outcome>, Outcome)> {
        let only = |name: &str| {
            let mut values = form_urlencoded::parse(query).filter(|(key, _)| key == name).map(|(_, value)| value);
            values.next().filter(|_| values.next().is_none())
        };
        if only("state")? != self.state {
            return None;
        }
        let outcome = match (only("code"), only("error")) {
            (Some(code), None) => Ok(code.into_owned()),
            (None, Some(error)) if error == "access_denied" => Err(Unfinished::SaidNo),
            (None, Some(error)) => Err(Unfinished::Discord(error.into_owned())),
            _ => return None,
        };
        let mut tell = self.tell.lock().unwrap_or_else(PoisonError::into_inner);
        tell.take().map(|tell| (tell, outcome))
    }
}

fn page(status: StatusCode, said: &str) -> Response {
    let headers = [
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (CONNECTION, "close"),
    ];
    let text = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>guildpass</title>\
         <style>:root{{color-scheme:light dark;font:1.1rem/1.5 system-ui,sans-serif}}\
         body{{margin:0 auto;padding:20vh 1rem;max-width:34rem}}</style>\
         <main><h1>guildpass</h1><p>{said}</p></main></html>"
    );
    (status, headers, Html(text)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_leads_to_this_machine() {
        let uri: LoopbackUri = "http://127.0.0.1:8976/callback".parse().unwrap();
        assert_eq!((uri.port, uri.path.as_str()), (8976, "/callback"));
        assert_eq!("http://localhost".parse::<LoopbackUri>().unwrap().port, 80);
        for text in [
            "https://127.0.0.1:8976/callback",
            "http://127.0.0.1:0/callback",
            "http://127.0.0.2:8976/callback",
            "http://0.0.0.0:8976/",
            "http://a@127.0.0.1:8976/",
            "http://127.0.0.1:8976/?x",
            "http://127.0.0.1:8976/#x",
            "http://evil.example:8976/",
            "guildpass://callback",
            "",
        ] {
            assert_eq!(text.parse::<LoopbackUri>(), Err(NotLoopback), "{text}");
        }
    }

    #[test]
    fn the_first_answer_of_the_right_state_counts_and_no_other() {
        let (tell, _told) = oneshot::channel();
        let awaited = Awaited { path: "/".into(), state: "s1".into(), tell: Mutex::new(Some(tell)) };
        for query in [
            "",
            "code=c",
            "state=s2&code=c",
            "state=s1",
            "state=s1&state=s1&code=c",
            "state=s1&code=c&code=d",
            "state=s1&code=c&error=e",
        ] {
            assert!(awaited.taken(query.as_bytes()).is_none(), "{query}");
        }
        assert!(matches!(awaited.taken(b"code=c&state=s1"), Some((_, Ok(code))) if code == "c"));
        assert!(awaited.taken(b"code=c&state=s1").is_none());
    }
}
