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
    /// Whether these are the first ones.
    pub is_first: bool,
    /// The cursor of the next ones.
    pub next: Option<String>,
}

/// What somebody has authorized on a guild, and can take back whatever Discord says: shown while it cannot be asked who manages the guild.
#[derive(Debug, Template)]
#[template(path = "own_grants.html")]
pub struct OwnGrantsPage {
    /// What is around it.
    pub frame: Frame,
    /// The guild, as it was called when it was last seen.
    pub guild: GuildChoice,
    /// What the viewer granted, all of it.
    pub apps: Vec<AppOnGuild>,
    /// Whether signing in again lets Discord be asked.
    pub sign_in_helps: bool,
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
