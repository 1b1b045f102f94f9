//! Sessions: the one credential of users, and when it is dead.

use std::fmt;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Name, SessionId, UserId, text};

/// The type of a session. Determines its lifetime and what it can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionType {
    /// Sign-in with a web redirect. Lasts 1 hour.
    Login,
    /// Sign-in from an app, with PKCE. Lasts 14 days.
    AppLogin,
    /// API token. Lasts as long as requested.
    Api,
}

impl SessionType {
    /// Every type.
    pub const ALL: [Self; 3] = [Self::Login, Self::AppLogin, Self::Api];

    /// Its name in answers and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::AppLogin => "app_login",
            Self::Api => "api",
        }
    }

    /// The type of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    pub(super) const fn token_prefix(self) -> &'static str {
        match self {
            Self::Login => "gpl_",
            Self::AppLogin => "gpm_",
            Self::Api => "gpa_",
        }
    }
}

/// One session as it is stored, without its token's hash.
#[derive(Clone, Debug)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// How it came to be.
    pub kind: SessionType,
    /// What its owner calls it; only API tokens have a name.
    pub name: Option<Name>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From this moment on it is dead.
    pub expiry: DateTime<Utc>,
    /// How often its user had signed out everywhere when it was made.
    pub sign_outs: u64,
    /// When it was last seen, to within five minutes; `None` before its first use.
    pub last_used_at: Option<DateTime<Utc>>,
    /// What made it.
    pub user_agent: Option<UserAgent>,
}

impl Session {
    /// Whether it opens doors: not expired, not made before `valid_after` (the operator's word after a restore), and its user, who has
    /// signed out everywhere `sign_outs` times, has not done so since it was made.
    ///
    /// Sign-outs are counted, not timed: two machines' clocks never agree, two counts do.
    pub fn is_live(&self, sign_outs: u64, now: DateTime<Utc>, valid_after: Option<DateTime<Utc>>) -> bool {
        now < self.expiry && self.sign_outs == sign_outs && valid_after.is_none_or(|moment| self.created_at >= moment)
    }

    /// Whether it may create a session that ends at `expiry`: an API token never one that lives longer than it was itself given.
    pub fn may_create(&self, now: DateTime<Utc>, expiry: DateTime<Utc>) -> bool {
        let given = self.expiry.signed_duration_since(self.created_at);
        self.kind != SessionType::Api || expiry.signed_duration_since(now) <= given
    }
}

/// The `User-Agent` that created the session: at most 256 bytes, without control and text direction
/// characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, extend("minLength" = 1, "maxLength" = Self::MAX_BYTES, "examples" = ["curl/8.14.1"]))]
pub struct UserAgent(String);

impl UserAgent {
    const MAX_BYTES: usize = 256;

    /// What is kept of a `User-Agent` header; `None` if nothing is.
    pub fn from_header(text: &str) -> Option<Self> {
        let mut kept: String = text.trim().chars().filter(|char| !text::is_deceptive(*char)).collect();
        kept.truncate(kept.floor_char_boundary(Self::MAX_BYTES));
        (!kept.is_empty()).then_some(Self(kept))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_agent_is_cut_not_refused() {
        assert_eq!(UserAgent::from_header(&"x".repeat(9000)).unwrap().as_str().len(), 256);
        assert_eq!(UserAgent::from_header(&"é".repeat(200)).unwrap().as_str(), "é".repeat(128));
        assert_eq!(UserAgent::from_header(&format!("x{}", "🦀".repeat(64))).unwrap().as_str().len(), 253);
        assert_eq!(UserAgent::from_header(" \u{202E} "), None);
    }
}
