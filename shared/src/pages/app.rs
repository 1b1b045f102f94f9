//! Apps and permissions, as pages show them.

use chrono::{DateTime, Utc};

use super::{Moment, Shown};
use crate::domain::{App, Permission};

/// An app in a box.
#[derive(Clone, Debug)]
pub struct AppBox {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Shown,
    /// What stands for its logo when it has none.
    pub letter: String,
    /// Where its logo is.
    pub logo_url: Option<String>,
    /// Whether its owner alone may authorize it.
    pub private: bool,
    /// Whether an operator vouches for it.
    pub verified: bool,
    /// When it was registered.
    pub created: Moment,
}

impl AppBox {
    /// The box of an app, as seen at `now`.
    pub fn of(app: &App, now: DateTime<Utc>) -> Self {
        let name = Shown::first([app.name.as_str()], "Unnamed app");
        Self {
            id: app.id.to_string(),
            letter: name.letter(),
            name,
            logo_url: app.logo_url.as_ref().map(|logo| logo.as_str().to_owned()),
            private: app.private,
            verified: app.verified,
            created: Moment::seen(app.created_at, now),
        }
    }
}

/// A permission that can be ticked.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What programs call it.
    pub name: String,
    /// What it allows.
    pub description: String,
    /// Whether it is granted.
    pub granted: bool,
    /// Whether the person who is asked can leave it out.
    pub optional: bool,
}

impl Choice {
    /// A permission of the catalogue.
    pub fn of(permission: &Permission, granted: bool) -> Self {
        let Permission { name, description, .. } = permission;
        Self { name: name.to_string(), description: description.clone(), granted, optional: false }
    }
}
