//! What happens around every request: it is counted, may be spoilt by a fault switch, and is logged without its secrets.

use std::collections::BTreeMap;
use std::sync::Mutex;

use axum::extract::{Request, State};
use axum::http::header::USER_AGENT;
use axum::middleware::Next;
use axum::response::Response;

use super::misbehave::{self, Place};
use super::{Route, StandIn, answers, held};

/// How often each route was called.
#[derive(Default)]
pub(crate) struct Counters(Mutex<BTreeMap<Route, u64>>);

impl Counters {
    fn count(&self, route: Route) {
        let mut counters = held(&self.0);
        let calls = counters.entry(route).or_default();
        *calls = calls.saturating_add(1);
    }

    pub(crate) fn of(&self, route: Route) -> u64 {
        held(&self.0).get(&route).copied().unwrap_or_default()
    }
}

pub(crate) async fn watch(State((stand_in, route)): State<(StandIn, Route)>, request: Request, next: Next) -> Response {
    stand_in.0.counters.count(route);

    let response = if stand_in.faults().settings().strict_user_agent && !names_itself(&request) {
        answers::blocked_by_cloudflare_json()
    } else {
        match stand_in.faults().take(route) {
            Some(fault) => {
                let at = Place { route, now: stand_in.now() };
                misbehave::misbehave(fault, at, request, next).await
            }
            None => next.run(request).await,
        }
    };

    tracing::debug!(
        route = route.name(),
        status = response.status().as_u16(),
        "stand-in Discord: {} {}",
        route.name(),
        response.status().as_u16()
    );
    response
}

/// Discord wants `DiscordBot ($url, $version)` with any suffix.
fn names_itself(request: &Request) -> bool {
    let text = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.strip_prefix("DiscordBot (")
        .and_then(|rest| rest.split_once(')'))
        .and_then(|(inside, _suffix)| inside.split_once(", "))
        .is_some_and(|(url, version)| !url.is_empty() && !version.is_empty())
}
