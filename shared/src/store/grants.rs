//! Discord's grants, as the store sees them: sealed.

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use chrono::{DateTime, Utc};

use super::item::{Draft, bytes, moment};
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

impl Store {
    pub(super) fn put_grant(&self, user_id: UserId, grant: &NewGrant) -> Result<TransactWriteItem, Error> {
        let item = Draft::new(keys::grant(user_id))
            .with("sealed", bytes(grant.sealed.as_bytes()))
            .with("scopes", AttributeValue::Ss(grant.scopes.iter().map(str::to_owned).collect()))
            .with("access_expiry", moment(grant.access_expiry))
            .with("granted_at", moment(grant.granted_at));
        let put = Put::builder().table_name(&self.tables.users).set_item(Some(item.0)).build().map_err(Error::fault)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}
