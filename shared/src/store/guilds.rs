//! A user's guild list, kept for a while, and fetched by one at a time.

use chrono::{DateTime, TimeDelta, Utc};

use super::grants::{LEASE_IS_FREE, Lease};
use super::item::{bytes, moment, whole_seconds_after};
use super::{Error, Store, keys};
use crate::domain::UserId;

/// A list that nobody asks for goes by itself.
const KEPT_AT_MOST: TimeDelta = TimeDelta::days(14);

/// A list as it was kept, of whatever form its keeper chose.
#[derive(Debug)]
pub struct KeptGuilds {
    /// The list.
    pub bytes: Vec<u8>,
    /// When Discord gave it.
    pub fetched_at: DateTime<Utc>,
}

impl Store {
    /// A user's list, if one is kept.
    pub async fn guilds(&self, user_id: UserId) -> Result<Option<KeptGuilds>, Error> {
        let items = self.read(vec![keys::guilds(user_id)]).await?;
        // Without a list there may still be somebody's lease.
        let Some(item) = items.first().filter(|item| item.0.contains_key("list")) else { return Ok(None) };
        Ok(Some(KeptGuilds { bytes: item.bytes("list")?.to_vec(), fetched_at: item.moment("fetched_at")? }))
    }

    /// Takes the right to fetch a newer list than the one of `seen`; `false` if somebody else has it or has fetched one meanwhile.
    pub async fn lease_guilds(
        &self,
        user_id: UserId,
        seen: Option<DateTime<Utc>>,
        lease: &Lease,
    ) -> Result<bool, Error> {
        let unchanged = if seen.is_some() { "fetched_at = :seen" } else { "attribute_not_exists(fetched_at)" };
        let request = self
            .client
            .update_item()
            .table_name(&self.tables.users)
            .set_key(Some(keys::guilds(user_id)))
            .update_expression(
                "SET lease = :lease, lease_until = :until, expires_at = if_not_exists(expires_at, :gone)",
            )
            .condition_expression(format!("{unchanged} AND {LEASE_IS_FREE}"))
            .expression_attribute_values(":lease", lease.nonce())
            .expression_attribute_values(":until", moment(lease.until))
            .expression_attribute_values(":gone", whole_seconds_after(lease.until))
            .expression_attribute_values(":now", moment(lease.now));
        let request = match seen {
            Some(seen) => request.expression_attribute_values(":seen", moment(seen)),
            None => request,
        };
        self.updated(request).await
    }

    /// Keeps a list that was fetched under a lease, and gives the lease back.
    pub async fn keep_guilds(
        &self,
        user_id: UserId,
        lease: &Lease,
        list: &[u8],
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let gone = now.checked_add_signed(KEPT_AT_MOST).unwrap_or(now);
        let request = self
            .client
            .update_item()
            .table_name(&self.tables.users)
            .set_key(Some(keys::guilds(user_id)))
            .update_expression("SET #list = :list, fetched_at = :now, expires_at = :gone REMOVE lease, lease_until")
            .condition_expression("lease = :lease")
            .expression_attribute_names("#list", "list")
            .expression_attribute_values(":list", bytes(list))
            .expression_attribute_values(":now", moment(now))
            .expression_attribute_values(":gone", whole_seconds_after(gone))
            .expression_attribute_values(":lease", lease.nonce());
        self.updated(request).await
    }

    /// Gives the lease back without a list.
    pub async fn release_guilds(&self, user_id: UserId, lease: &Lease) -> Result<(), Error> {
        let request = self
            .client
            .update_item()
            .table_name(&self.tables.users)
            .set_key(Some(keys::guilds(user_id)))
            .update_expression("REMOVE lease, lease_until")
            .condition_expression("lease = :lease")
            .expression_attribute_values(":lease", lease.nonce());
        self.updated(request).await.map(drop)
    }

    /// Forgets the list: it was of a grant that is gone, or has become wrong.
    pub async fn forget_guilds(&self, user_id: UserId) -> Result<(), Error> {
        let request = self.client.delete_item().table_name(&self.tables.users).set_key(Some(keys::guilds(user_id)));
        super::conflict::write(|| request.clone().send()).await.map(drop).map_err(Error::fault)
    }
}
