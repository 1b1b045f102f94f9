//! Discord, asked on behalf of a user: with a token that is alive, renewed by one at a time, and never more often than Discord bears.

use std::time::Duration;

use chrono::TimeDelta;

use super::refusals::quiet_until;
use super::{ApiError, Request};
use crate::Context;
use crate::discord::{self, Refusal};
use crate::domain::error_chain;
use crate::domain::{AccessToken, Profile, Scopes, Tokens, UserId};
use crate::logs::discord_refusal;
use crate::store::{KeptGrant, Lease, NewGrant};

/// An access token is renewed while it still lives: a renewal that fails then does no harm.
const RENEW_BEFORE: TimeDelta = TimeDelta::days(1);
/// A token with less life than this is not used any more.
const LAST_USE_BEFORE: TimeDelta = TimeDelta::seconds(30);
/// Longer than a holder may take (6 s for another's renewal, 5 s each for its own and for what it asks), so that nobody is at it beside one who still is.
const LEASE: TimeDelta = TimeDelta::seconds(20);
/// How long those who come second look whether the first is done: 40 times 150 ms, 6 s in all.
pub(super) const LOOKS: u32 = 40;
pub(super) const BETWEEN_LOOKS: Duration = Duration::from_millis(150);
/// How often a renewed grant is tried to be kept: Discord has killed the old one.
const KEEP_ATTEMPTS: u32 = 3;

/// Discord, as one user.
pub struct AsUser<'cx> {
    cx: &'cx Context,
    user_id: UserId,
    grant: KeptGrant,
    missing_scope: ApiError,
    /// The client to ask with.
    pub discord: discord::Client,
    /// The user's token.
    pub token: AccessToken,
}

/// What became of renewing a grant.
enum Renewal {
    /// A token that lives, with the grant that it is of.
    Done(AccessToken, KeptGrant),
    /// Discord refused the grant.
    Refused,
    /// Somebody else has the lease, or has renewed it.
    BySomebodyElse,
}

impl Context {
    /// Discord as a user who granted `scope`: 403 `MissingScope` if they have not, or Discord has refused the grant since.
    pub async fn as_user(&self, request: &Request, user_id: UserId, scope: &str) -> Result<AsUser<'_>, ApiError> {
        let (grant, paused_until) = self.store()?.grant(user_id).await?;
        let needed: Scopes = [scope].into_iter().collect();
        let usable = grant.filter(|grant| !grant.is_dead && grant.scopes.contain(&needed));
        let missing_scope = self.missing_scope(request, scope);
        let Some(grant) = usable else { return Err(missing_scope) };
        self.refuse_before(paused_until.max(grant.quiet_until))?;

        let discord = self.discord_for(Some(user_id)).await?;
        match self.living_token(&discord, user_id, grant).await? {
            Some((token, grant)) => Ok(AsUser { cx: self, user_id, grant, missing_scope, discord, token }),
            None => Err(missing_scope),
        }
    }

    /// Gives a user's grant back to Discord and forgets it. What Discord no longer knows is forgotten too; when it cannot be reached,
    /// nothing is.
    pub async fn disconnect(&self, user_id: UserId) -> Result<(), ApiError> {
        let (Some(grant), paused_until) = self.store()?.grant(user_id).await? else { return Ok(()) };
        if let Some(tokens) = self.open(user_id, &grant).await?.filter(|_| !grant.is_dead) {
            self.refuse_before(paused_until.max(grant.quiet_until))?;
            match self.discord_for(Some(user_id)).await?.revoke(&tokens.refresh).await {
                Ok(()) | Err(discord::Error::Refused { refusal: Refusal::Grant, .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(self.store()?.forget_grant(user_id, &grant).await?)
    }

    /// The same for one whose data is about to go: it must not stay because Discord is down, so that is only noted.
    pub async fn disconnect_if_possible(&self, user_id: UserId) -> Result<(), ApiError> {
        match self.disconnect(user_id).await {
            Err(error @ ApiError::DiscordUnavailable { .. }) => {
                tracing::warn!(
                    user_id = %user_id,
                    discord_refusal = discord_refusal(&error),
                    error = error_chain(&error),
                    "grant of a deleted user not revoked at Discord"
                );
                Ok(())
            }
            outcome => outcome,
        }
    }

    pub(super) fn missing_scope(&self, request: &Request, scope: &str) -> ApiError {
        let origin = self.own_origin(request).unwrap_or_default();
        ApiError::MissingScope {
            scopes: scope.to_owned(),
            sign_in: Some(format!("{origin}/oauth2/authorize?scope={scope}")),
        }
    }

    /// A token that lives, with the grant that it is of; `None` when the user has to sign in again.
    async fn living_token(
        &self,
        discord: &discord::Client,
        user_id: UserId,
        mut grant: KeptGrant,
    ) -> Result<Option<(AccessToken, KeptGrant)>, ApiError> {
        for _ in 0..LOOKS {
            let Some(tokens) = self.open(user_id, &grant).await?.filter(|_| !grant.is_dead) else { return Ok(None) };
            if self.lives_for(&grant, RENEW_BEFORE) {
                return Ok(Some((tokens.access, grant)));
            }
            let lease = self.lease()?;
            let work = self.renew_under_lease(discord, user_id, &grant, &tokens, &lease);
            match self.or_release(work, async || Ok(self.store()?.release_grant(user_id, &lease).await?)).await {
                Ok(Renewal::Done(token, renewed)) => return Ok(Some((token, renewed))),
                Ok(Renewal::Refused) => return Ok(None),
                Ok(Renewal::BySomebodyElse) | Err(ApiError::DiscordUnavailable { .. })
                    if self.lives_for(&grant, LAST_USE_BEFORE) =>
                {
                    return Ok(Some((tokens.access, grant)));
                }
                Ok(Renewal::BySomebodyElse) => {}
                Err(error) => return Err(error),
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
            let (Some(newer), _) = self.store()?.grant(user_id).await? else { return Ok(None) };
            grant = newer;
        }
        Err(ApiError::discord_unavailable(None, "another renewal of the grant does not end"))
    }

    /// Renews a grant, if nobody else does. What Discord gives is kept before it is used.
    async fn renew_under_lease(
        &self,
        discord: &discord::Client,
        user_id: UserId,
        grant: &KeptGrant,
        tokens: &Tokens,
        lease: &Lease,
    ) -> Result<Renewal, ApiError> {
        if !self.store()?.lease_grant(user_id, grant, lease).await? {
            return Ok(Renewal::BySomebodyElse);
        }
        match discord.refresh(&tokens.refresh).await {
            Ok(renewed) => {
                let new = self.seal_grant(user_id, &renewed, self.clock.now()).await?;
                self.keep_renewed(user_id, grant, lease, &new).await?;
                let (sealed, scopes, access_expiry) = (new.sealed, new.scopes, new.access_expiry);
                let grant = KeptGrant { sealed, scopes, access_expiry, is_dead: false, quiet_until: None };
                Ok(Renewal::Done(renewed.tokens.access, grant))
            }
            Err(discord::Error::Refused { refusal: Refusal::Grant, .. }) => {
                self.store()?.bury_grant(user_id, grant).await?;
                Ok(Renewal::Refused)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What is done under a lease. The lease is given back when that fails, on whatever way: the next one need not wait for its end.
    /// Whether it was taken at all is not asked, since an answer that was lost does not say.
    pub(super) async fn or_release<T>(
        &self,
        work: impl Future<Output = Result<T, ApiError>>,
        release: impl AsyncFnOnce() -> Result<(), ApiError>,
    ) -> Result<T, ApiError> {
        let outcome = work.await;
        if outcome.is_err()
            && let Err(error) = release().await
        {
            tracing::warn!(error = error_chain(&error), "lease not released");
        }
        outcome
    }

    async fn keep_renewed(
        &self,
        user_id: UserId,
        seen: &KeptGrant,
        lease: &Lease,
        new: &NewGrant,
    ) -> Result<(), ApiError> {
        let mut attempt = 1;
        loop {
            match self.store()?.renew_grant(user_id, seen, lease, new).await {
                // Whether it is kept or a newer sign-in stands in its place, the token may be used.
                Ok(_) => return Ok(()),
                Err(error) if attempt == KEEP_ATTEMPTS => return Err(error.into()),
                Err(_) => attempt += 1,
            }
        }
    }

    fn lives_for(&self, grant: &KeptGrant, time: TimeDelta) -> bool {
        grant.access_expiry.signed_duration_since(self.clock.now()) > time
    }

    pub(super) fn lease(&self) -> Result<Lease, ApiError> {
        let now = self.clock.now();
        Ok(Lease { nonce: self.random()?, now, until: now.checked_add_signed(LEASE).unwrap_or(now) })
    }

    /// The tokens of a grant. A grant that no key opens any more is as good as none: signing in mends it.
    async fn open(&self, user_id: UserId, grant: &KeptGrant) -> Result<Option<Tokens>, ApiError> {
        let opened = self.opened(|keys| Tokens::open(user_id, keys, &grant.sealed)).await?;
        if opened.is_none() {
            tracing::error!(user_id = %user_id, "no sealing key decrypts this grant");
        }
        Ok(opened)
    }
}

impl AsUser<'_> {
    /// Who Discord says that the user is now, without what they have not granted.
    pub async fn profile(self) -> Result<Profile, ApiError> {
        let answer = self.discord.identify_as(self.user_id, &self.token).await;
        let answer = answer.map(|profile| profile.as_granted(&self.grant.scopes));
        self.heed(answer).await
    }

    /// What Discord answered; and what there is to learn about the grant from a refusal is learnt: a dead token is not tried again.
    /// What there is to learn about limits, the client's observer has learnt before.
    pub async fn heed<T>(self, answer: Result<T, discord::Error>) -> Result<T, ApiError> {
        let error = match answer {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let store = self.cx.store()?;
        match &error {
            discord::Error::Refused { refusal: Refusal::AccessToken | Refusal::INVALID_ACCESS_TOKEN, .. } => {
                store.bury_grant(self.user_id, &self.grant).await?;
                return Err(self.missing_scope);
            }
            discord::Error::Refused { refusal: Refusal::MISSING_SCOPE, .. } => return Err(self.missing_scope),
            discord::Error::Unreachable(..) => {
                store.quieten_grant(self.user_id, quiet_until(self.cx.clock.now(), None)).await?;
            }
            discord::Error::RateLimited { .. } | discord::Error::Refused { .. } | discord::Error::Garbled(..) => {}
        }
        Err(error.into())
    }
}
