//! What Discord's refusals teach: when it is to be left alone, for one user or for all.
//!
//! Discord bans an address that collects too many refusals (401, 403, 429). Every client that requests ask with is observed, so
//! that none is left uncounted, whatever the handler makes of the answer.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;

use super::ApiError;
use crate::Context;
use crate::config::Rated;
use crate::context::{Clock, ContextError, Entropy};
use crate::discord::{self, Observer, RateLimitScope, Rejection};
use crate::domain::error_chain;
use crate::domain::{Limit, UserId};
use crate::store::{Store, Whom};

/// How long Discord is left alone when it does not say, and at most.
const QUIET: (TimeDelta, TimeDelta) = (TimeDelta::seconds(5), TimeDelta::days(1));
/// One user may cause this part of the refusals that pause everybody; then that user is paused.
const SHARE_OF_ONE_USER: u32 = 25;

impl Context {
    /// The client to ask Discord with, for a user or for nobody in particular.
    pub async fn discord_for(&self, user_id: Option<UserId>) -> Result<discord::Client, ApiError> {
        let client = self.discord().await?;
        let refusals = Refusals {
            store: self.store()?.clone(),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            limit: self.rates.limit(Rated::DiscordRefusals),
            user_id,
        };
        Ok(client.observed_by(refusals))
    }

    /// Refuses while Discord is to be left alone.
    pub(super) fn refuse_before(&self, until: Option<DateTime<Utc>>) -> Result<(), ApiError> {
        let left = until.map_or(0, |until| until.signed_duration_since(self.clock.now()).num_milliseconds());
        match u64::try_from(left) {
            Ok(0) | Err(_) => Ok(()),
            Ok(millis) => {
                Err(ApiError::discord_unavailable(Some(millis.div_ceil(1000)), "requests to Discord are paused"))
            }
        }
    }
}

/// Counts refusals, and pauses who gets too many.
struct Refusals {
    store: Store,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    limit: Option<Limit>,
    user_id: Option<UserId>,
}

impl Observer for Refusals {
    fn rejected(&self, rejection: Rejection) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // A refusal that is not counted brings a ban no nearer than before we counted; the caller's answer does not depend on it.
            if let Err(error) = self.record(rejection).await {
                tracing::error!(error = error_chain(&error), "Discord refusal not counted");
            }
        })
    }
}

impl Refusals {
    async fn record(&self, rejection: Rejection) -> Result<(), ApiError> {
        let now = self.clock.now();
        if let Some(limit) = rejection.rate_limit {
            let until = quiet_until(now, limit.retry_after);
            match (limit.scope, self.user_id) {
                (RateLimitScope::Global, _) => self.store.pause_discord(until).await?,
                (RateLimitScope::User | RateLimitScope::Shared, Some(user_id)) => {
                    self.store.quieten_grant(user_id, until).await?;
                }
                (RateLimitScope::User | RateLimitScope::Shared, None) => {}
            }
        }
        match self.limit {
            Some(limit) if rejection.counts_towards_ban() => self.count(limit, now).await,
            _ => Ok(()),
        }
    }

    async fn count(&self, of_all: Limit, now: DateTime<Utc>) -> Result<(), ApiError> {
        if let Some(end) = self.end_of_full_window(of_all, &Whom::Everybody, now).await? {
            self.store.pause_discord(end).await?;
        }
        let Some(user_id) = self.user_id else { return Ok(()) };
        let of_one = Limit { most: (of_all.most / SHARE_OF_ONE_USER).max(1), ..of_all };
        if let Some(end) = self.end_of_full_window(of_one, &Whom::User(user_id), now).await? {
            self.store.quieten_grant(user_id, end).await?;
        }
        Ok(())
    }

    /// Counts one: when the window ends, if it was full.
    async fn end_of_full_window(
        &self,
        limit: Limit,
        whom: &Whom,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, ApiError> {
        let mut nonce = [0; 16];
        self.entropy.fill(&mut nonce).map_err(ContextError::from)?;
        let name = Rated::DiscordRefusals.name();
        let seconds = self.store.count_in_window((name, limit), whom, nonce, now).await?;
        let left = |seconds| TimeDelta::seconds(i64::try_from(seconds).unwrap_or(0));
        Ok(seconds.map(|seconds| now.checked_add_signed(left(seconds)).unwrap_or(now)))
    }
}

/// Until when Discord is left alone. Its own word is kept to, within reason.
pub(super) fn quiet_until(now: DateTime<Utc>, retry_after: Option<f64>) -> DateTime<Utc> {
    let (default, most) = QUIET;
    let said = retry_after.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    let time = said.map_or(default, |time| TimeDelta::from_std(time).unwrap_or(most).min(most));
    now.checked_add_signed(time).unwrap_or(now)
}
