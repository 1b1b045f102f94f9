//! The page on which somebody authorizes an app.

use askama::Template;

use super::{AppBox, Choice, CurrentEnd, Frame, Moment, Shown, Unchanged, UserName};

/// What an app asks for, of whom, and what that changes.
#[derive(Debug, Template)]
#[template(path = "authorize.html")]
pub struct AuthorizePage {
    /// What is around it.
    pub frame: Frame,
    /// The app that asks.
    pub app: AppBox,
    /// Its owner.
    pub owner: UserName,
    /// The one who is asked.
    pub viewer: UserName,
    /// This page, for one who comes back as somebody else.
    pub here: String,
    /// Of whom it asks.
    pub subject: Asked,
    /// What will be granted, all of it; `granted` is what was granted before.
    pub permissions: Vec<Choice>,
    /// What was granted before and will not be any more.
    pub dropped: Vec<Choice>,
    /// The grant that is replaced.
    pub current: Option<CurrentGrant>,
    /// Where the viewer goes who says yes.
    pub leads_to: Option<Destination>,
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

impl AuthorizePage {
    fn current_end(&self) -> Option<&CurrentEnd> {
        self.current.as_ref()?.expiry.as_ref()
    }
}

/// What an app is allowed already.
#[derive(Clone, Debug)]
pub struct CurrentGrant {
    /// Who granted it.
    pub granted_by: UserName,
    /// When.
    pub granted: Moment,
    /// When it ends.
    pub expiry: Option<CurrentEnd>,
}

/// What stands behind a redirect URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A site, by its host, and its port where that is not the usual one.
    Site(String),
    /// A program on the viewer's device, by the scheme that it opens.
    Program(String),
}

/// Of whom an app asks.
#[derive(Clone, Debug)]
pub enum Asked {
    /// Of a guild that is still to be chosen.
    SomeGuild {
        /// Those that the viewer manages.
        guilds: Vec<GuildChoice>,
        /// What the link said, to be said again.
        again: Vec<(String, Unchanged)>,
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
    pub name: Shown,
    /// Where its icon is.
    pub icon_url: Option<String>,
}
