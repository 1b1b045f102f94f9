//! Fault switches: which route misbehaves, how, and how often. How it looks on the wire is `misbehave`'s.

use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::limits::Settings;
use super::{Route, held};

/// The switches and settings of a running stand-in.
#[derive(Default)]
pub struct Faults {
    switches: Mutex<Vec<Switch>>,
    settings: Mutex<Settings>,
}

/// One switch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// Where.
    pub route: Target,
    /// What.
    pub fault: Fault,
    /// After so many requests the switch clears itself; `None`: never.
    #[serde(default)]
    pub times: Option<u32>,
}

/// The routes that a switch is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Target {
    /// `*`
    Every,
    /// One of them.
    One(Route),
}

/// How a route misbehaves; the table in the module's documents says what each one does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// 429.
    RateLimited {
        /// Body and headers.
        #[serde(default)]
        form: RateLimitForm,
        /// `Retry-After` and the body's `retry_after`, as absurd as you like.
        #[serde(default)]
        retry_after: Option<i64>,
        /// Whether the limit is the one over all routes.
        #[serde(default)]
        global: bool,
    },
    /// A 5xx.
    Status {
        /// 500 to 599.
        code: u16,
        /// An HTML page in place of Discord's JSON.
        #[serde(default)]
        html: bool,
    },
    /// The connection is dropped without an answer.
    Reset,
    /// No answer.
    Stall {
        /// For how long, at most 60; then the connection is dropped.
        #[serde(default = "sixty")]
        seconds: u8,
    },
    /// The right answer, byte by byte.
    SlowBody {
        /// Milliseconds before each byte.
        #[serde(default = "one_second")]
        every_ms: u32,
    },
    /// The right answer, spoilt.
    Garbled {
        /// How.
        form: GarbledForm,
    },
    /// The right answer, changed.
    Patched {
        /// A JSON merge patch (RFC 7396) for its body.
        patch: Value,
    },
    /// A body of 100 MB.
    Oversized,
    /// Every access token is dead.
    DeadTokens,
    /// The work is done, the answer lost.
    LostReply,
    /// 403 as by Cloudflare.
    CloudflareBlock {
        /// Which of its two forms.
        #[serde(default)]
        form: BlockForm,
    },
}

/// The looks of a 429.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateLimitForm {
    /// Discord's body and all headers.
    #[default]
    Json,
    /// Discord's body alone.
    NoHeaders,
    /// An HTML page.
    Html,
    /// As `json`, of a limit that all applications share.
    Shared,
}

/// The looks of a garbled answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GarbledForm {
    /// The first half of the body.
    Truncated,
    /// The right body as `text/html`.
    WrongContentType,
    /// `{}`
    Object,
    /// `[]`
    Array,
    /// `null`
    Null,
}

/// The looks of a Cloudflare block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockForm {
    /// Code 40333.
    #[default]
    Json,
    /// An HTML page.
    Html,
}

/// A switch that makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSwitch {
    /// There is no such route.
    #[error("route {0:?} is not one of {names}", names = route_names())]
    Route(String),
    /// Not a server error.
    #[error("status code {0} is not one of 500 to 599")]
    Status(u16),
    /// Longer than any client waits.
    #[error("{0} seconds of stalling is more than 60")]
    Stall(u8),
    /// A switch that would never be on.
    #[error("times is 0; leave it out for a switch that stays, or delete the switch")]
    Never,
    /// The route takes no access token.
    #[error("{0} takes no access token, so dead_tokens means nothing there")]
    NoTokens(Route),
}

impl Faults {
    /// Sets a switch, in place of the one on the same route.
    pub fn set(&self, switch: Switch) -> Result<(), InvalidSwitch> {
        switch.check()?;
        let mut switches = held(&self.switches);
        switches.retain(|other| other.route != switch.route);
        switches.push(switch);
        Ok(())
    }

    /// Clears all switches.
    pub fn clear(&self) {
        held(&self.switches).clear();
    }

    /// The switches that are on.
    pub fn list(&self) -> Vec<Switch> {
        held(&self.switches).clone()
    }

    /// The settings.
    pub fn settings(&self) -> Settings {
        *held(&self.settings)
    }

    /// Replaces the settings.
    pub fn set_settings(&self, settings: Settings) {
        *held(&self.settings) = settings;
    }

    /// The fault of a request to this route, counted.
    pub(crate) fn take(&self, route: Route) -> Option<Fault> {
        let mut switches = held(&self.switches);
        let at = |target| switches.iter().position(|switch| switch.route == target && switch.concerns(route));
        let index = at(Target::One(route)).or_else(|| at(Target::Every))?;

        let switch = switches.get_mut(index)?;
        let fault = switch.fault.clone();
        switch.times = switch.times.map(|times| times.saturating_sub(1));
        if switch.times == Some(0) {
            switches.remove(index);
        }
        Some(fault)
    }
}

impl Switch {
    /// On until it is cleared.
    pub fn always(route: impl Into<Target>, fault: Fault) -> Self {
        Self { route: route.into(), fault, times: None }
    }

    /// On for the next request only.
    pub fn once(route: impl Into<Target>, fault: Fault) -> Self {
        Self { route: route.into(), fault, times: Some(1) }
    }

    fn check(&self) -> Result<(), InvalidSwitch> {
        match (&self.fault, self.route) {
            (Fault::Status { code, .. }, _) if !(500..=599).contains(code) => Err(InvalidSwitch::Status(*code)),
            (Fault::Stall { seconds }, _) if *seconds > sixty() => Err(InvalidSwitch::Stall(*seconds)),
            (Fault::DeadTokens, Target::One(route)) if !route.takes_access_token() => {
                Err(InvalidSwitch::NoTokens(route))
            }
            _ if self.times == Some(0) => Err(InvalidSwitch::Never),
            _ => Ok(()),
        }
    }

    fn concerns(&self, route: Route) -> bool {
        self.fault != Fault::DeadTokens || route.takes_access_token()
    }
}

impl From<Route> for Target {
    fn from(route: Route) -> Self {
        Self::One(route)
    }
}

impl TryFrom<String> for Target {
    type Error = InvalidSwitch;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let one = || Route::ALL.into_iter().find(|route| route.name() == name).map(Self::One);
        if name == "*" { Ok(Self::Every) } else { one().ok_or(InvalidSwitch::Route(name)) }
    }
}

impl From<Target> for &'static str {
    fn from(target: Target) -> Self {
        match target {
            Target::Every => "*",
            Target::One(route) => route.name(),
        }
    }
}

fn route_names() -> String {
    Route::ALL.map(Route::name).join(", ") + ", *"
}

fn sixty() -> u8 {
    60
}

fn one_second() -> u32 {
    1000
}
