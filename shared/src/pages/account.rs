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
    /// The guilds that they manage; `None` while Discord cannot say.
    pub guilds: Option<Vec<GuildChoice>>,
    /// The apps that may act for them, and what those may do.
    pub apps: Vec<(AppBox, Vec<Choice>)>,
}
