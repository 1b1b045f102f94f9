//! The stand-in Discord: OAuth2 and the few REST routes that guildpass uses, for development and tests only.
//! It keeps to what Discord is known to do and misbehaves on demand; nothing in here is linked into a function.
//!
//! The same handlers answer under `/api`, `/api/v9` and `/api/v10`; the page stands at `/oauth2/authorize` too.
//! A script signs in without the page: `as_user=<id>` in the authorization request presses "Authorize" for that user,
//! `as_user=cancel` presses "Cancel", and `grant_scopes=<space separated>` beside it sets exactly what the user has granted.
//! Without `grant_scopes` a user's scopes accumulate.
//!
//! # The control endpoint
//!
//! Open to whoever can reach the port. Answers are JSON; a body that makes no sense gets 400 `{"error": "what is wrong"}`.
//!
//! | request | body | does |
//! |---|---|---|
//! | `GET /__control/faults` | | `{"faults": [switch, …]}` |
//! | `PUT /__control/faults` | switch | sets a switch, in place of the one on the same route |
//! | `DELETE /__control/faults` | | clears all switches |
//! | `GET`, `PUT`, `DELETE /__control/settings` | `{"strict_user_agent": false, "rate_limit": {"requests": 10000, "window_seconds": 10}}` | shows, replaces (what is left out: the default), resets |
//! | `POST /__control/revoke` | `{"user_id": "1"}` | the user removes the application in Discord's settings; `{"revoked": bool}` |
//! | `PUT /__control/member` | `{"guild_id": "1", "user_id": "1", "permissions": "32"}` | makes the user a member with these permissions above `@everyone`'s; `null` removes them |
//! | `PUT /__control/guild` | `{guild_id, name}`: gives the guild another name |
//! | `GET /__control/application` | | the application's ids, secrets and redirect URIs, for scripts that sign in |
//! | `GET /__control/requests` | | how often each route was called since the start: `{"token": 3, …}` |
//!
//! A switch is `{"route": r, "fault": f, "times": n}`. `r`: `authorize`, `token`, `revoke`, `identify`, `guilds`, `connections`,
//! `authorization`, `member`, `join` or `*`; a switch on one route goes before the one on `*`. `times`: after so many requests the
//! switch clears itself; left out or `null`: never. `f` is one of
//!
//! | fault | what happens |
//! |---|---|
//! | `{"rate_limited": {"form": "json", "retry_after": 1, "global": false}}` | 429; `form` may be `json`, `no_headers`, `html` or `shared`; `retry_after` any integer; with `html` the header is sent only if it is given |
//! | `{"status": {"code": 503, "html": false}}` | that 5xx with Discord's body or as an HTML page |
//! | `"reset"` | the connection is dropped without a byte of an answer |
//! | `{"stall": {"seconds": 60}}` | no answer until the client leaves or that time (at most 60 s) is over, then as `reset` |
//! | `{"slow_body": {"every_ms": 1000}}` | the right answer, its body byte by byte |
//! | `{"garbled": {"form": "truncated"}}` | the right answer spoilt: `truncated` JSON, `wrong_content_type`, or instead of it `object` `{}`, `array` `[]`, `null` |
//! | `{"patched": {"patch": {"id": "1"}}}` | the right answer, changed by that JSON merge patch (RFC 7396) |
//! | `"oversized"` | 200 and 100 MB of white space, as JSON |
//! | `"dead_tokens"` | every access token answers 401; not for `authorize`, `token` and `revoke`, which take none |
//! | `"lost_reply"` | does the work, then drops the connection |
//! | `{"cloudflare_block": {"form": "json"}}` | 403, JSON code 40333 or `html` |
//!
//! `slow_body`, `garbled`, `patched` and `lost_reply` do the work first: a code is spent, a refresh token rotated. The others do none.

mod answers;
mod authorize;
mod control;
mod faults;
mod grants;
mod join;
mod keep;
mod limits;
mod misbehave;
mod page;
mod params;
mod random;
mod rest;
mod routes;
mod shapes;
mod token;
mod watch;
pub mod world;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use chrono::{DateTime, Utc};
use url::Url;

pub use faults::{BlockForm, Fault, Faults, GarbledForm, InvalidSwitch, RateLimitForm, Switch, Target};
pub use limits::{RateLimit, Settings};
pub use routes::Route;
pub use world::{SeededUser, users};

use grants::Grants;
use limits::Limits;
use watch::Counters;
use world::World;

/// The one application that the stand-in knows.
pub struct Application {
    /// Its client id, also the id of its bot.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: String,
    /// Its bot's token, without the `Bot ` before it.
    pub bot_token: String,
    /// Its registered redirect URIs; a request must name one of them to the letter.
    pub redirect_uris: Vec<String>,
}

/// What the stand-in is told at the start.
pub struct Options {
    /// The application that may use it.
    pub application: Application,
    /// Its clock: codes, tokens and rate limits expire by it.
    pub now: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    /// A JSON file that holds the grants, so that they survive a restart; `None` keeps them in memory.
    pub keep_in: Option<PathBuf>,
}

/// Why the stand-in could not start, or could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file with the grants could not be read.
    #[error("{} could not be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file with the grants does not hold grants.
    #[error("{} does not hold the grants of a stand-in; delete it to start anew", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        source: serde_json::Error,
    },
    /// The file with the grants could not be written.
    #[error("{} could not be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A registered redirect URI is no URL.
    #[error("the redirect URI {uri:?} is not a URL")]
    RedirectUri {
        /// The redirect URI.
        uri: String,
        /// Why not.
        source: url::ParseError,
    },
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    Randomness,
}

/// A running stand-in; clones share everything.
#[derive(Clone)]
pub struct StandIn(Arc<Inner>);

struct Inner {
    application: Application,
    now: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    keep_in: Option<PathBuf>,
    grants: Mutex<Grants>,
    world: Mutex<World>,
    faults: Faults,
    limits: Limits,
    counters: Counters,
}

impl StandIn {
    /// Seeds the world and takes up the kept grants.
    pub fn new(options: Options) -> Result<Self, Error> {
        let Options { application, now, keep_in } = options;
        for uri in &application.redirect_uris {
            Url::parse(uri).map_err(|source| Error::RedirectUri { uri: uri.clone(), source })?;
        }
        let grants = keep_in.as_deref().map(keep::read).transpose()?.unwrap_or_default();

        Ok(Self(Arc::new(Inner {
            application,
            now,
            keep_in,
            grants: Mutex::new(grants),
            world: Mutex::new(World::seeded()),
            faults: Faults::default(),
            limits: Limits::default(),
            counters: Counters::default(),
        })))
    }

    /// Everything it answers to, ready for `axum::serve`.
    pub fn router(&self) -> Router {
        routes::router(self)
    }

    /// Its fault switches and settings.
    pub fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// How often a route was called since the start, misbehaved answers included.
    pub fn requests(&self, route: Route) -> u64 {
        self.0.counters.of(route)
    }

    /// The user removes the application in Discord's settings; true if there was something to remove.
    pub fn remove_application(&self, user_id: u64) -> Result<bool, Error> {
        self.change(|grants| grants.remove(user_id))
    }

    /// Makes a user a member of a guild with these permissions above `@everyone`'s, or (`None`) takes them out of it;
    /// false if there is no such user or guild.
    pub fn set_member(&self, guild_id: u64, user_id: u64, permissions: Option<u64>) -> bool {
        let now = self.now();
        self.world().set_member(guild_id, user_id, permissions, now)
    }

    /// Gives a guild another name; false if there is no such guild.
    pub fn rename_guild(&self, guild_id: u64, name: String) -> bool {
        self.world().rename(guild_id, name)
    }

    fn now(&self) -> DateTime<Utc> {
        (self.0.now)()
    }

    fn application(&self) -> &Application {
        &self.0.application
    }

    fn world(&self) -> MutexGuard<'_, World> {
        held(&self.0.world)
    }

    fn grants(&self) -> MutexGuard<'_, Grants> {
        held(&self.0.grants)
    }

    /// Changes the grants and keeps them, under one lock.
    fn change<T>(&self, change: impl FnOnce(&mut Grants) -> T) -> Result<T, Error> {
        let mut grants = self.grants();
        let outcome = change(&mut grants);
        if let Some(path) = &self.0.keep_in {
            keep::write(path, &grants)?;
        }
        Ok(outcome)
    }
}

/// Locks; what a panicked holder left behind is still whole, since every change is one step.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
