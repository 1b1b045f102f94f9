//! Who am I?

use askama::Template;

use super::{AppBox, Choice, Frame, GuildChoice, Shown};

/// The account of the one who looks.
#[derive(Debug, Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    /// What is around it.
    pub frame: Frame,
    /// Their id.
    pub user_id: String,
    /// Their unique name at Discord.
    pub username: Shown,
    /// The name they show.
    pub name: Shown,
    /// Their picture.
    pub avatar_url: String,
    /// Whether they are banned: then they may look, and sign out.
    pub is_banned: bool,
    /// The guilds that they manage, all of them.
    pub guilds: ManagedGuilds,
    /// Some of the apps that may act for them, and what those may do.
    pub apps: Vec<(AppBox, Vec<Choice>)>,
    /// Whether these are the first ones.
    pub is_first: bool,
    /// The cursor of the next ones.
    pub next: Option<String>,
}

/// The guilds that somebody manages, as far as Discord says.
#[derive(Clone, Debug)]
pub enum ManagedGuilds {
    /// It does.
    Known(Vec<GuildChoice>),
    /// It does not answer, and no list is kept.
    Unreachable,
    /// It may not be asked: the user has disconnected it, or it no longer knows the grant.
    NotConnected,
}
