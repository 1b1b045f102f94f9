//! Discord's grants, as the store sees them: sealed, and renewed by one at a time.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, TransactWriteItem, Update};
use chrono::{DateTime, Utc};

use super::conflict::{delete_part, update_part};
use super::item::{Poison, Stored, bytes, moment, text};
use super::sessions::is_refused;
use super::{Error, Store, keys};
use crate::domain::{Scopes, Sealed, UserId};

/// A grant that is about to be kept.
#[derive(Debug)]
pub struct NewGrant {
    /// Access and refresh token.
    pub sealed: Sealed,
    /// What was granted.
    pub scopes: Scopes,
    /// From this moment on the access token is dead.
    pub access_expiry: DateTime<Utc>,
    /// When it was granted.
    pub granted_at: DateTime<Utc>,
}

/// A grant as it is kept.
#[derive(Debug)]
pub struct KeptGrant {
    /// Access and refresh token.
    pub sealed: Sealed,
    /// What was granted.
    pub scopes: Scopes,
    /// From this moment on the access token is dead.
    pub access_expiry: DateTime<Utc>,
    /// Discord refused it: it is not to be tried again.
    pub is_dead: bool,
    /// Until then Discord is not to be asked for this user.
    pub quiet_until: Option<DateTime<Utc>>,
}

/// The right to renew something, for a while. Whoever has it writes on the condition that they still have it.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    /// Tells it from every other.
    pub nonce: [u8; 16],
    /// When it began.
    pub now: DateTime<Utc>,
    /// When it ends by itself, so that a process that dies leaves nothing locked.
    pub until: DateTime<Utc>,
}

/// The lease is free, or its holder has been gone for long enough, or it is our own, whose answer was lost. An end that cannot be
/// read holds nobody up.
pub(super) const LEASE_IS_FREE: &str = "(NOT lease_until > :now OR lease = :lease)";

/// The attribute of a grant that Discord refused.
pub(super) const DEAD: &str = "dead";

impl Lease {
    pub(super) fn nonce(&self) -> AttributeValue {
        bytes(&self.nonce)
    }
}

impl Store {
    /// A user's grant, if there is one, and until when nobody is to ask Discord anything.
    pub async fn grant(&self, user_id: UserId) -> Result<(Option<KeptGrant>, Option<DateTime<Utc>>), Error> {
        let (users, guards) = (&self.tables.users, &self.tables.guards);
        let items = self.read_from(vec![(users, vec![keys::grant(user_id)]), (guards, vec![keys::pause()])]).await?;
        let (pauses, grants): (Vec<_>, Vec<_>) = items.iter().partition(|item| item.0.contains_key(keys::GUARD));
        let paused = pauses.first().map(|pause| pause.moment("paused_until")).transpose()?;
        Ok((grants.first().map(|grant| read_grant(grant)).transpose()?, paused))
    }

    /// Takes the right to renew the grant that was `seen`; `false` if somebody else has it or has renewed it meanwhile.
    pub async fn lease_grant(&self, user_id: UserId, seen: &KeptGrant, lease: &Lease) -> Result<bool, Error> {
        let request = self
            .update_grant(user_id, "SET lease = :lease, lease_until = :until")
            .condition_expression(format!("sealed = :seen AND attribute_not_exists(dead) AND {LEASE_IS_FREE}"))
            .expression_attribute_values(":lease", lease.nonce())
            .expression_attribute_values(":until", moment(lease.until))
            .expression_attribute_values(":now", moment(lease.now))
            .expression_attribute_values(":seen", bytes(seen.sealed.as_bytes()));
        self.updated(request).await
    }

    /// Keeps the renewed grant in place of the one that was `seen`, also if that was buried meanwhile: it died of this very renewal.
    /// `false` if the grant has gone, or given way to another one.
    pub async fn renew_grant(
        &self,
        user_id: UserId,
        seen: &KeptGrant,
        lease: &Lease,
        renewed: &NewGrant,
    ) -> Result<bool, Error> {
        let request = self
            .update_grant(
                user_id,
                "SET sealed = :sealed, scopes = :scopes, access_expiry = :access_expiry REMOVE lease, lease_until, dead",
            )
            .condition_expression("lease = :lease OR sealed = :seen")
            .expression_attribute_values(":lease", lease.nonce())
            .expression_attribute_values(":seen", bytes(seen.sealed.as_bytes()))
            .expression_attribute_values(":sealed", bytes(renewed.sealed.as_bytes()))
            .expression_attribute_values(":scopes", scopes(&renewed.scopes))
            .expression_attribute_values(":access_expiry", moment(renewed.access_expiry));
        self.updated(request).await
    }

    /// Gives the lease back, so that the next one need not wait for its end.
    pub async fn release_grant(&self, user_id: UserId, lease: &Lease) -> Result<(), Error> {
        let request = self
            .update_grant(user_id, "REMOVE lease, lease_until")
            .condition_expression("lease = :lease")
            .expression_attribute_values(":lease", lease.nonce());
        self.updated(request).await.map(drop)
    }

    /// Marks the grant that was `seen` as dead, unless it has been replaced meanwhile.
    pub async fn bury_grant(&self, user_id: UserId, seen: &KeptGrant) -> Result<(), Error> {
        let request = self
            .update_grant(user_id, "SET dead = :dead REMOVE lease, lease_until")
            .condition_expression("sealed = :seen")
            .expression_attribute_values(":dead", AttributeValue::Bool(true))
            .expression_attribute_values(":seen", bytes(seen.sealed.as_bytes()));
        self.updated(request).await.map(drop)
    }

    /// Leaves Discord alone for one user until `until`, or longer if that was decided before.
    pub async fn quieten_grant(&self, user_id: UserId, until: DateTime<Utc>) -> Result<(), Error> {
        let request = self
            .update_grant(user_id, "SET quiet_until = :until")
            .condition_expression(
                "attribute_exists(sealed) AND (attribute_not_exists(quiet_until) OR quiet_until < :until)",
            )
            .expression_attribute_values(":until", moment(until));
        self.updated(request).await.map(drop)
    }

    /// Forgets the grant that was `seen`, and what was learnt by it: the guilds and the email address. A newer grant stays.
    pub async fn forget_grant(&self, user_id: UserId, seen: &KeptGrant) -> Result<(), Error> {
        let delete = |key| Delete::builder().table_name(&self.tables.users).set_key(Some(key));
        let grant = delete(keys::grant(user_id))
            .condition_expression("sealed = :seen")
            .expression_attribute_values(":seen", bytes(seen.sealed.as_bytes()));
        let account = self
            .update_account_part(user_id)
            .update_expression("REMOVE email, email_verified")
            .condition_expression("attribute_exists(user_id)");
        // In one write: of a grant that has gone nobody would find the rest to forget.
        let guilds = delete_part(delete(keys::guilds(user_id)))?;
        self.transact(vec![delete_part(grant)?, guilds, update_part(account)?]).await?;
        Ok(())
    }

    /// Puts a grant in the place of the one before, of which one thing stays: how long Discord is to be left alone for this user.
    pub(super) fn put_grant(&self, user_id: UserId, grant: &NewGrant) -> Result<TransactWriteItem, Error> {
        let update = Update::builder()
            .table_name(&self.tables.users)
            .set_key(Some(keys::grant(user_id)))
            .update_expression(
                "SET sealed = :sealed, scopes = :scopes, access_expiry = :access_expiry, granted_at = :granted_at \
                 REMOVE lease, lease_until, dead",
            )
            .expression_attribute_values(":sealed", bytes(grant.sealed.as_bytes()))
            .expression_attribute_values(":scopes", scopes(&grant.scopes))
            .expression_attribute_values(":access_expiry", moment(grant.access_expiry))
            .expression_attribute_values(":granted_at", moment(grant.granted_at));
        update_part(update)
    }

    fn update_grant(&self, user_id: UserId, update: &str) -> UpdateItemFluentBuilder {
        let request = self.client().update_item().table_name(&self.tables.users);
        request.set_key(Some(keys::grant(user_id))).update_expression(update)
    }

    /// Sends a conditional update; `false` if its condition failed.
    pub(super) async fn updated(&self, request: UpdateItemFluentBuilder) -> Result<bool, Error> {
        match self.write(|| request.clone().send()).await {
            Ok(_) => Ok(true),
            Err(error) if is_refused(&error) => Ok(false),
            Err(error) => Err(Error::fault(error)),
        }
    }
}

fn scopes(scopes: &Scopes) -> AttributeValue {
    text(scopes.to_string())
}

fn read_grant(item: &Stored) -> Result<KeptGrant, Poison> {
    Ok(KeptGrant {
        sealed: Sealed::from_bytes(item.bytes("sealed")?.to_vec()),
        scopes: item.text("scopes")?.parse().map_err(|_| Poison("scopes"))?,
        access_expiry: item.moment("access_expiry")?,
        is_dead: item.0.contains_key(DEAD),
        quiet_until: item.optional_moment("quiet_until")?,
    })
}
