//! Tells somebody of every answer that Discord counts against the address it came from.

use std::fmt;

use futures_util::future::BoxFuture;
use reqwest::StatusCode;

/// Is told of every rejection that a client meets, before the caller of the client gets it.
pub trait Observer: Send + Sync {
    /// Takes note of a rejection. It cannot fail: the caller gets Discord's answer in any case.
    fn rejected(&self, rejection: Rejection) -> BoxFuture<'_, ()>;
}

impl fmt::Debug for dyn Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

/// An answer of status 401, 403 or 429, whoever wrote it. Discord bans an address that gets 10,000 of them in 10 minutes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rejection {
    /// The status.
    pub status: StatusCode,
    /// With a 429: which limit it is.
    pub rate_limit: Option<RateLimit>,
}

impl Rejection {
    /// Whether it counts towards the ban: all do but the 429 of a limit that we share with other applications.
    pub fn counts_towards_ban(&self) -> bool {
        self.rate_limit.is_none_or(|limit| limit.scope != RateLimitScope::Shared)
    }
}

/// A rate limit that a request ran into.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateLimit {
    /// Seconds to wait: the longest of those that headers and body name. Above 0 and finite, and else without bounds: a day has been seen.
    pub retry_after: Option<f64>,
    /// Who is limited.
    pub scope: RateLimitScope,
}

/// Who is limited (`X-RateLimit-Scope`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimitScope {
    /// One user, or our application, on one route.
    User,
    /// Our application, on all routes.
    Global,
    /// Everybody who uses the resource, other applications too.
    Shared,
}
