//! The page on which somebody authorizes an app.

use askama::Template;

use super::{AppBox, Choice, Frame, Moment};

/// What an app asks for, of whom, and what that changes.
#[derive(Debug, Template)]
#[template(path = "authorize.html")]
pub struct AuthorizePage {
    /// What is around it.
    pub frame: Frame,
    /// The app that asks.
    pub app: AppBox,
    /// Its owner.
    pub owner: String,
    /// Of whom it asks.
    pub subject: Asked,
    /// What will be granted, all of it; `granted` is what was granted before.
    pub permissions: Vec<Choice>,
    /// What was granted before and will not be any more.
    pub dropped: Vec<Choice>,
    /// Where the viewer goes who says no.
    pub cancel: String,
}

/// What somebody has authorized, once that is done.
#[derive(Debug, Template)]
#[template(path = "authorized.html")]
pub struct AuthorizedPage {
    /// What is around it.
    pub frame: Frame,
    /// The app.
    pub app: AppBox,
    /// On which guild; `None` for the viewer.
    pub guild: Option<GuildChoice>,
    /// What it may do now.
    pub permissions: Vec<Choice>,
    /// When that ends.
    pub expiry: Option<Moment>,
}

/// Of whom an app asks.
#[derive(Clone, Debug)]
pub enum Asked {
    /// Of a guild that is still to be chosen.
    SomeGuild {
        /// Those that the viewer manages.
        guilds: Vec<GuildChoice>,
        /// What the link said, to be said again.
        again: Vec<(String, String)>,
    },
    /// Of one guild, or of the viewer.
    This {
        /// The guild's name; `None` for the viewer.
        guild: Option<GuildChoice>,
        /// The JSON endpoint that grants it.
        action: String,
        /// What it is sent.
        body: String,
        /// Where the viewer goes who says yes.
        then: String,
        /// Where another guild can be chosen.
        other: Option<String>,
    },
}

impl Asked {
    /// Whether it is known of whom, and so what is granted already.
    fn is_decided(&self) -> bool {
        matches!(self, Self::This { .. })
    }
}

/// A guild to choose.
#[derive(Clone, Debug)]
pub struct GuildChoice {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where its icon is.
    pub icon_url: Option<String>,
}
