//! The page on which somebody authorizes an app.

use askama::Template;

use super::{AppBox, Choice, Frame};

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
        /// Where the viewer goes who says yes; stays here if nowhere.
        then: Option<String>,
        /// Where another guild can be chosen.
        other: Option<String>,
    },
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
