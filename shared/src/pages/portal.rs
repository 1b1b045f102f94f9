//! The developer portal: the viewer's apps, and one app's authorization link and guilds.

use askama::Template;

use super::{AppBox, Choice, Frame, Moment, Shown};

/// The viewer's apps.
#[derive(Debug, Template)]
#[template(path = "portal.html")]
pub struct PortalPage {
    /// What is around it.
    pub frame: Frame,
    /// The apps, newest first.
    pub apps: Vec<AppBox>,
}

/// An app's authorization link, and the guilds that authorized it.
#[derive(Debug, Template)]
#[template(path = "app_link.html")]
pub struct LinkPage {
    /// What is around it.
    pub frame: Frame,
    /// The app.
    pub app: AppBox,
    /// Our own origin.
    pub origin: String,
    /// What can be asked of a guild.
    pub for_guilds: Vec<Choice>,
    /// What can be asked of a user.
    pub for_users: Vec<Choice>,
    /// Some of the guilds that authorized it.
    pub guilds: Vec<AuthorizedGuild>,
    /// Whether these are the first ones.
    pub is_first: bool,
    /// The cursor of the next ones.
    pub next: Option<String>,
}

/// A guild that authorized an app.
#[derive(Clone, Debug)]
pub struct AuthorizedGuild {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Shown,
    /// Where its icon is.
    pub icon_url: Option<String>,
    /// What the app may do there.
    pub permissions: Vec<String>,
    /// When that ends.
    pub expiry: Option<Moment>,
}
