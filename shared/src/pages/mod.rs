//! What our pages show, and how: a struct for each page, its template in `shared/pages`. Texts of people go in as [`Shown`]; the
//! templates escape all the rest. Nothing here knows of requests or of the store.

mod account;
mod app;
mod assets;
mod authorize;
mod current_end;
mod docs;
mod guild;
mod portal;
mod problem;
mod sessions;
mod shown;
mod sign_in;

pub use crate::domain::Moment;
pub use account::{AccountPage, ManagedGuilds};
pub use app::{AppBox, Choice};
pub use assets::{Asset, Content, ICON, SCRIPT, STYLE, WellKnown, asset_of, well_known};
pub use authorize::{Asked, AuthorizePage, AuthorizedPage, CurrentGrant, Destination, GuildChoice};
pub use current_end::CurrentEnd;
pub use docs::DocsPage;
pub use guild::{AppOnGuild, GuildPage, OwnGrantsPage};
pub use portal::{AuthorizedGuild, LinkPage, PortalPage};
pub use problem::{Problem, Retry};
pub use sessions::SessionsPage;
pub use shown::{Isolated, Shown, Unchanged, UserName};
pub use sign_in::SignIn;

/// Who looks at a page.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// What they are called.
    pub name: Shown,
    /// Their picture, at Discord's.
    pub avatar_url: String,
}

/// Which entry of the navigation a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// The account.
    Account,
    /// Sessions and API tokens.
    Sessions,
    /// The developer portal.
    Portal,
    /// The API reference.
    Docs,
    /// None of them.
    Elsewhere,
}

/// What is around every page.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Who looks; `None` for one who is not signed in.
    pub viewer: Option<Viewer>,
    /// Which entry of the navigation is the page's.
    pub room: Room,
}

impl Frame {
    /// Around a page for everybody.
    pub fn outside(room: Room) -> Self {
        Self { viewer: None, room }
    }

    /// Around a page of somebody's.
    pub fn of(viewer: Viewer, room: Room) -> Self {
        Self { viewer: Some(viewer), room }
    }

    fn is_in(&self, room: Room) -> bool {
        self.room == room
    }

    fn style(&self) -> String {
        STYLE.path()
    }

    fn icon(&self) -> String {
        ICON.path()
    }

    fn script(&self) -> String {
        SCRIPT.path()
    }
}
