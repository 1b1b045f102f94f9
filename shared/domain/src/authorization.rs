//! Authorizations: what one app may do on one guild, or for one user.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{AppId, GuildId, Permissions, SubjectKind, UserId};

/// What an authorization is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A guild.
    Guild(GuildId),
    /// A user.
    User(UserId),
}

impl Subject {
    /// Which kind of permissions it takes.
    pub const fn kind(self) -> SubjectKind {
        match self {
            Self::Guild(_) => SubjectKind::Guild,
            Self::User(_) => SubjectKind::User,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Guild(guild_id) => write!(f, "guild#{guild_id}"),
            Self::User(user_id) => write!(f, "user#{user_id}"),
        }
    }
}

/// What one app may do on one guild, or for one user.
#[derive(Clone, Debug)]
pub struct Authorization {
    /// Which app.
    pub app_id: AppId,
    /// On what.
    pub subject: Subject,
    /// What it may do, as it was granted; the catalogue decides what of it has effect.
    pub permissions: Permissions,
    /// Who granted this set.
    pub granted_by: UserId,
    /// When.
    pub granted_at: DateTime<Utc>,
    /// From this moment on it is dead; `None` if it stays until it is taken back.
    pub expiry: Option<DateTime<Utc>>,
    /// How the guild is called and looks; `None` for a user, and where what is kept of that cannot be read.
    pub guild: Option<GuildLook>,
}

impl Authorization {
    /// Whether it has any effect.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.expiry.is_none_or(|expiry| now < expiry)
    }
}

/// How a guild is called and looks, as Discord said when one of its admins' lists was last fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuildLook {
    /// Its name.
    pub name: String,
    /// Hash of its icon; `None` when it has none.
    pub icon: Option<String>,
}
