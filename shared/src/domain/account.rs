//! Users, as every request reads them.

use serde::{Deserialize, Serialize};

use super::UserId;

/// Whether a user may do anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// Yes.
    Normal,
    /// Nothing but look at and end their own sessions.
    Banned,
}

impl UserState {
    /// Its name in answers and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Banned => "banned",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Normal, Self::Banned].into_iter().find(|state| state.as_str() == name)
    }
}

/// One user of ours.
#[derive(Clone, Debug)]
pub struct Account {
    /// Who.
    pub user_id: UserId,
    /// Whether they may do anything.
    pub state: UserState,
    /// How often they have signed out everywhere: a session made before the last time is dead.
    pub sign_outs: u64,
}

/// Who a user is, as Discord said when they last signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Their id.
    pub id: UserId,
    /// Their unique name.
    pub username: String,
    /// The name they show; `None` when they show their unique name.
    pub global_name: Option<String>,
    /// Hash of their avatar; `None` when they have Discord's default one.
    pub avatar: Option<String>,
}
