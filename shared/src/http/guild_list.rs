//! A user's guilds: kept for five minutes, fetched by one at a time, and the kept list when Discord cannot be asked.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::as_user::{BETWEEN_LOOKS, LOOKS};
use super::{ApiError, ErrorCode, Request};
use crate::Context;
use crate::config::Rated;
use crate::domain::error_chain;
use crate::domain::{GuildId, PartialGuild, UserId};
use crate::store::{GuildsItem, KeptGuilds, Lease, Whom};

const FRESH: TimeDelta = TimeDelta::minutes(5);
/// How many guilds are freshened at the same time.
const FRESHENED_AT_ONCE: usize = 8;

/// Why [`Context::managed_guild`] and the limit before it may refuse.
pub const GUILD_REFUSALS: &[ErrorCode] = &[
    ErrorCode::NotFound,
    ErrorCode::MissingScope,
    ErrorCode::MissingPermission,
    ErrorCode::RateLimited,
    ErrorCode::DiscordUnavailable,
];

/// A user's guilds, as Discord said at some moment.
#[derive(Debug)]
pub struct GuildList {
    /// The guilds.
    pub guilds: Vec<PartialGuild>,
    /// When the list was fetched from Discord.
    pub fetched_at: DateTime<Utc>,
    /// Whether there should be a newer one, and could not be had.
    pub stale: bool,
}

impl Context {
    /// The user's guilds: the kept list while it is fresh, unless `refresh` asks for a newer one (which is limited). Without a grant
    /// that is alive, 403 `MissingScope`, whatever is kept.
    pub async fn guild_list(&self, request: &Request, user_id: UserId, refresh: bool) -> Result<GuildList, ApiError> {
        let found = self.store()?.guilds(user_id).await?;
        if !found.has_grant() {
            return Err(self.missing_scope(request, "guilds"));
        }
        let is_fresh = |list: &GuildList| self.clock.now().signed_duration_since(list.fetched_at).abs() < FRESH;
        match read_list(user_id, &found) {
            Some(kept) if !refresh && is_fresh(&kept) => Ok(kept),
            kept => {
                if refresh {
                    self.count(Rated::GuildRefresh, &Whom::User(user_id)).await?;
                }
                self.newer_list(request, user_id, found, kept).await
            }
        }
    }

    /// Fetches a list, or waits for the one that somebody else is fetching.
    async fn newer_list(
        &self,
        request: &Request,
        user_id: UserId,
        mut found: GuildsItem,
        kept: Option<GuildList>,
    ) -> Result<GuildList, ApiError> {
        let seen = kept.as_ref().map(|kept| kept.fetched_at);
        for _ in 0..LOOKS {
            let lease = self.lease()?;
            let work = self.list_under_lease(request, user_id, &found, &lease);
            match self.or_release(work, async || Ok(self.store()?.release_guilds(user_id, &lease).await?)).await {
                Ok(Some(list)) => return Ok(list),
                Ok(None) => {}
                Err(error) => return stale_list(kept, error),
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
            found = self.store()?.guilds(user_id).await?;
            if let Some(newer) = read_list(user_id, &found).filter(|newer| Some(newer.fetched_at) != seen) {
                return Ok(newer);
            }
        }
        stale_list(kept, ApiError::discord_unavailable(None, "another fetch of the guilds does not end"))
    }

    /// Fetches a list in place of the one that was found, and keeps it; `None` if somebody else does.
    async fn list_under_lease(
        &self,
        request: &Request,
        user_id: UserId,
        found: &GuildsItem,
        lease: &Lease,
    ) -> Result<Option<GuildList>, ApiError> {
        if !self.store()?.lease_guilds(user_id, found, lease).await? {
            return Ok(None);
        }
        let guilds = self.fetch_list(request, user_id).await?;
        let now = self.clock.now();
        let bytes = serde_json::to_vec(&guilds).map_err(ApiError::internal)?;
        self.store()?.keep_guilds(user_id, lease, &bytes, now).await?;
        Ok(Some(GuildList { guilds, fetched_at: now, stale: false }))
    }

    /// The guild, as one whom Discord says at this moment may manage it: 404 for one who is not in it, 403 `MissingPermission` for
    /// one who may not. No kept list decides that.
    pub async fn managed_guild(
        &self,
        request: &Request,
        user_id: UserId,
        guild_id: GuildId,
    ) -> Result<PartialGuild, ApiError> {
        let guilds = self.fetch_list(request, user_id).await?;
        let guild = guilds.into_iter().find(|guild| guild.id == guild_id).ok_or(ApiError::NotFound)?;
        if guild.may_be_managed() { Ok(guild) } else { Err(ApiError::MissingPermission) }
    }

    async fn fetch_list(&self, request: &Request, user_id: UserId) -> Result<Vec<PartialGuild>, ApiError> {
        let user = self.as_user(request, user_id, "guilds").await?;
        let answer = user.discord.guilds(&user.token).await;
        let guilds = user.heed(answer).await?;
        self.freshen(&guilds).await?;
        Ok(guilds)
    }

    /// Lets the authorizations on the guilds that a list's user manages say how those are called and look now. That it fails is
    /// noted and harms nothing.
    async fn freshen(&self, guilds: &[PartialGuild]) -> Result<(), ApiError> {
        let store = self.store()?;
        let managed = guilds.iter().filter(|guild| guild.may_be_managed());
        let freshened = stream::iter(managed)
            .map(Ok)
            .try_for_each_concurrent(FRESHENED_AT_ONCE, |guild| store.freshen_guild(guild));
        if let Err(error) = freshened.await {
            tracing::warn!(error = error_chain(&error), "guild names not updated");
        }
        Ok(())
    }
}

/// The list that is kept. One that cannot be read counts as not there: it is a copy, and a newer one mends it.
fn read_list(user_id: UserId, found: &GuildsItem) -> Option<GuildList> {
    if found.is_empty() {
        return None;
    }
    let list = found.list().and_then(|KeptGuilds { bytes, fetched_at }| {
        let guilds = serde_json::from_slice(&bytes).ok()?;
        Some(GuildList { guilds, fetched_at, stale: false })
    });
    if list.is_none() {
        tracing::warn!(user_id = %user_id, "ignored a malformed stored guild list");
    }
    list
}

/// When Discord cannot be asked, the kept list is better than none, and says so.
fn stale_list(kept: Option<GuildList>, error: ApiError) -> Result<GuildList, ApiError> {
    match (kept, error) {
        (Some(kept), ApiError::DiscordUnavailable { .. }) => Ok(GuildList { stale: true, ..kept }),
        (_, error) => Err(error),
    }
}
