//! The apps on a guild, for those who manage it.

use askama::Template;

use super::{AppBox, Choice, CurrentEnd, Frame, GuildChoice, Moment, UserName};

/// The apps on a guild.
#[derive(Debug, Template)]
#[template(path = "guild.html")]
pub struct GuildPage {
    /// What is around it.
    pub frame: Frame,
    /// The guild.
    pub guild: GuildChoice,
    /// Some of the apps on it.
    pub apps: Vec<AppOnGuild>,
    /// The cursor of the next ones.
    pub next: Option<String>,
}

/// An app on a guild.
#[derive(Clone, Debug)]
pub struct AppOnGuild {
    /// The app.
    pub app: AppBox,
    /// All that can be granted on a guild, and what is.
    pub choices: Vec<Choice>,
    /// Who granted it.
    pub granted_by: UserName,
    /// When.
    pub granted: Moment,
    /// When it ends.
    pub expiry: Option<CurrentEnd>,
}
