//! What the log says of whoever called.

use crate::domain::{AppId, SessionType, UserId};

/// Whose credential a request came with.
#[derive(Clone, Copy)]
pub(crate) enum SeenCaller {
    User(SessionType, UserId),
    App(AppId),
}

impl SeenCaller {
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::User(kind, _) => kind.as_str(),
            Self::App(_) => "app",
        }
    }

    pub(crate) fn user_id(self) -> Option<String> {
        if let Self::User(_, user_id) = self { Some(user_id.to_string()) } else { None }
    }

    pub(crate) fn app_id(self) -> Option<String> {
        if let Self::App(app_id) = self { Some(app_id.to_string()) } else { None }
    }
}
