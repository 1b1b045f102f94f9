//! Pages: `limit`, and a cursor that tells nothing and that only we can make.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;

use super::{ApiError, Parameter, Query};
use crate::Context;
use crate::domain::{AppId, GuildId, Owner, Sealed, UserId};
use crate::store::Page;

/// Maximum number of entries per page.
pub(super) const MAX_LIMIT: usize = 1000;
/// A client that knows nothing of pages sees as many as there is room for.
const DEFAULT_LIMIT: usize = 1000;

/// What a cursor looks like.
pub const EXAMPLE_CURSOR: &str = "AQ3kq0ZJ2m5xW8rT1vYb6nLc4dFh9gKs7pQe0uXa";

/// How long a page is.
pub const LIMIT: Parameter =
    Parameter::of::<Limit>("limit", "Maximum number of entries per page. Defaults to 1000. A page can have fewer.");

/// Where a page begins.
pub const CURSOR: Parameter =
    Parameter::of::<Cursor>("cursor", "The `next` value of the previous page. Omit for the first page.");

/// Which list a page is of: a cursor of one is none of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// The guilds that authorized an app.
    GuildsOfApp(AppId),
    /// The apps that are authorized on a guild.
    AppsOnGuild(GuildId),
    /// The apps that a user has authorized for themselves.
    AppsOfUser(UserId),
    /// The live sessions of a user.
    SessionsOfUser(UserId),
}

impl List {
    const fn purpose(self) -> &'static str {
        match self {
            Self::GuildsOfApp(_) => "cursor of the guilds of an app",
            Self::AppsOnGuild(_) => "cursor of the apps on a guild",
            Self::AppsOfUser(_) => "cursor of the apps of a user",
            Self::SessionsOfUser(_) => "cursor of the sessions of a user",
        }
    }

    fn owner(self) -> Owner {
        match self {
            Self::GuildsOfApp(id) => id.into(),
            Self::AppsOnGuild(id) => id.into(),
            Self::AppsOfUser(id) | Self::SessionsOfUser(id) => id.into(),
        }
    }
}

/// Maximum number of entries per page.
#[derive(JsonSchema)]
#[schemars(with = "u64", inline, extend("minimum" = 1, "maximum" = 1000, "examples" = [1000]))]
struct Limit(usize);

/// An opaque position in a list.
#[derive(JsonSchema)]
#[schemars(with = "String", inline, extend("pattern" = "^[A-Za-z0-9_-]+$", "examples" = [EXAMPLE_CURSOR]))]
struct Cursor;

impl FromStr for Limit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let limit: Option<usize> = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        limit.filter(|limit| (1..=MAX_LIMIT).contains(limit)).map(Self).ok_or("must be a whole number from 1 to 1000")
    }
}

impl Context {
    /// The page that `limit` and `cursor` ask for; 1000 entries from the start unless they do.
    pub async fn page(&self, query: &mut Query, list: List) -> Result<Page, ApiError> {
        let limit = query.take::<Limit>("limit")?.map_or(DEFAULT_LIMIT, |limit| limit.0);
        let after = match query.take::<String>("cursor")? {
            None => None,
            Some(cursor) => Some(self.open_cursor(&cursor, list).await?),
        };
        Ok(Page { limit, after })
    }

    /// The cursor of the page after this one; notes what this one stepped over.
    pub async fn end_of_page(
        &self,
        list: List,
        next: Option<String>,
        poison: usize,
    ) -> Result<Option<String>, ApiError> {
        if poison > 0 {
            tracing::warn!(count = poison, ?list, "skipped malformed items");
        }
        let Some(position) = next else { return Ok(None) };
        let keys = self.sealing_keys().await?;
        let sealed = keys.seal(list.purpose(), list.owner(), position.as_bytes(), self.random()?);
        Ok(Some(URL_SAFE_NO_PAD.encode(sealed.map_err(ApiError::internal)?.as_bytes())))
    }

    async fn open_cursor(&self, cursor: &str, list: List) -> Result<String, ApiError> {
        let opened = match URL_SAFE_NO_PAD.decode(cursor).ok().map(Sealed::from_bytes) {
            Some(sealed) => self.opened(|keys| keys.open(list.purpose(), list.owner(), &sealed)).await?,
            None => None,
        };
        let position = opened.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
        position.ok_or_else(|| ApiError::field("cursor", "is not a cursor of this list"))
    }
}
