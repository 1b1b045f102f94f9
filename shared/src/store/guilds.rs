//! A user's guild list, kept for a while, and fetched by one at a time.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Update};
use chrono::{DateTime, TimeDelta, Utc};

use super::conflict::update_part;
use super::grants::{DEAD, LEASE_IS_FREE, Lease};
use super::item::{Stored, bytes, moment, whole_seconds_after};
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

/// What stands where a user's list is kept: nothing, a list, or somebody's lease.
pub struct GuildsItem {
    item: Option<Stored>,
    has_grant: bool,
}

impl GuildsItem {
    /// Whether the user has a grant that is alive. The list of a dead one is not to be shown.
    pub fn has_grant(&self) -> bool {
        self.has_grant
    }

    /// Whether there is no list, but at most a lease.
    pub fn is_empty(&self) -> bool {
        self.item.as_ref().is_none_or(|item| !item.0.contains_key("list") && !item.0.contains_key("fetched_at"))
    }

    /// The list. `None` if there is none, or none that can be read: it is a copy, and another can be had.
    pub fn list(&self) -> Option<KeptGuilds> {
        let item = self.item.as_ref()?;
        Some(KeptGuilds { bytes: item.bytes("list").ok()?.to_vec(), fetched_at: item.moment("fetched_at").ok()? })
    }

    /// The moment as it stands there, readable or not.
    fn fetched_at(&self) -> Option<&AttributeValue> {
        self.item.as_ref()?.0.get("fetched_at")
    }
}

impl Store {
    /// What stands where a user's list is kept, and whether the grant that it is of is alive.
    pub async fn guilds(&self, user_id: UserId) -> Result<GuildsItem, Error> {
        let items = self.read(vec![keys::guilds(user_id), keys::grant(user_id)]).await?;
        let is_grant = |item: &Stored| item.text(keys::ITEM) == Ok(keys::GRANT);
        let (grants, lists): (Vec<_>, Vec<_>) = items.into_iter().partition(is_grant);
        let has_grant = grants.first().is_some_and(|grant| !grant.0.contains_key(DEAD));
        Ok(GuildsItem { item: lists.into_iter().next(), has_grant })
    }

    /// Takes the right to fetch a newer list than the one that was `seen`; `false` if somebody else has it or has fetched one meanwhile.
    pub async fn lease_guilds(&self, user_id: UserId, seen: &GuildsItem, lease: &Lease) -> Result<bool, Error> {
        let unchanged =
            if seen.fetched_at().is_some() { "fetched_at = :seen" } else { "attribute_not_exists(fetched_at)" };
        let condition = format!("{unchanged} AND {LEASE_IS_FREE}");
        let mut values = HashMap::from([
            (":lease".to_owned(), lease.nonce()),
            (":until".to_owned(), moment(lease.until)),
            (":gone".to_owned(), whole_seconds_after(lease.until)),
            (":now".to_owned(), moment(lease.now)),
        ]);
        values.extend(seen.fetched_at().map(|seen| (":seen".to_owned(), seen.clone())));
        if seen.item.is_none() {
            return self.first_lease(user_id, &condition, values).await;
        }
        let request = self
            .client()
            .update_item()
            .table_name(&self.tables.users)
            .set_key(Some(keys::guilds(user_id)))
            .update_expression(SET_LEASE)
            .condition_expression(format!("attribute_exists(user_id) AND {condition}"))
            .set_expression_attribute_values(Some(values));
        self.updated(request).await
    }

    /// The lease that makes the item.
    async fn first_lease(
        &self,
        user_id: UserId,
        condition: &str,
        values: HashMap<String, AttributeValue>,
    ) -> Result<bool, Error> {
        let update = Update::builder()
            .table_name(&self.tables.users)
            .set_key(Some(keys::guilds(user_id)))
            .update_expression(SET_LEASE)
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values));
        match self.transact_while_account_stays(user_id, update_part(update)?).await {
            // Of many who make it at the same moment one does.
            Err(Error::Contended) => Ok(false),
            outcome => outcome,
        }
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
            .client()
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
            .client()
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
        let request = self.client().delete_item().table_name(&self.tables.users).set_key(Some(keys::guilds(user_id)));
        self.write(|| request.clone().send()).await.map(drop).map_err(Error::fault)
    }
}

const SET_LEASE: &str = "SET lease = :lease, lease_until = :until, expires_at = if_not_exists(expires_at, :gone)";
