//! Rate limits: per user and route, counted in fixed windows of the stand-in's clock. Also the settings that hold them.

use std::collections::BTreeMap;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Route, held};

/// How the stand-in behaves when no fault is switched on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether a `User-Agent` other than `DiscordBot ($url, $version)` is blocked as by Cloudflare.
    pub strict_user_agent: bool,
    /// The limit of every REST route, for each user by itself.
    pub rate_limit: RateLimit,
}

/// So many requests in so many seconds. Discord's own numbers are not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimit {
    /// Requests in a window.
    pub requests: u32,
    /// Length of a window.
    pub window_seconds: u32,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self { requests: 10_000, window_seconds: 10 }
    }
}

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    Nobody,
    Bot,
    User(u64),
}

/// The windows of everybody.
#[derive(Default)]
pub(crate) struct Limits(Mutex<BTreeMap<(Who, Route), Window>>);

struct Window {
    started_at: DateTime<Utc>,
    used: u32,
}

/// Where a caller stands after a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) exceeded: bool,
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    pub(crate) resets_at: DateTime<Utc>,
    pub(crate) resets_after: TimeDelta,
}

impl Limits {
    /// Counts a request.
    pub(crate) fn count(&self, who: Who, route: Route, limit: RateLimit, now: DateTime<Utc>) -> Standing {
        let length = TimeDelta::seconds(limit.window_seconds.into());
        let mut windows = held(&self.0);
        let window = windows.entry((who, route)).or_insert(Window { started_at: now, used: 0 });
        if now < window.started_at || now >= window.started_at + length {
            *window = Window { started_at: now, used: 0 };
        }
        window.used = window.used.saturating_add(1);

        let resets_at = window.started_at + length;
        Standing {
            exceeded: window.used > limit.requests,
            limit: limit.requests,
            remaining: limit.requests.saturating_sub(window.used),
            resets_at,
            resets_after: resets_at - now,
        }
    }
}
