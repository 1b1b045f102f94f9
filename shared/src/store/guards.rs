//! Guards: what may happen once, or so many times in a window.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use chrono::{DateTime, TimeDelta, Utc};
use ring::digest;

use super::conflict::write;
use super::item::{Draft, Stored, bytes, moment, number, whole_seconds_after};
use super::sessions::is_refused;
use super::{Error, Store, keys};
use crate::domain::{AuthorizationCode, Limit, State, UserId};

/// Discord's codes live 100 seconds; a guard that outlives them by far cannot be gone too early.
const CODE_GUARD: TimeDelta = TimeDelta::hours(1);

/// Whose requests are counted together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Those from one address.
    Address(String),
    /// Those of one user.
    User(UserId),
    /// All.
    Everybody,
}

impl Store {
    /// Burns a code: `true` for the first who does, `false` for everybody after. `nonce` tells our own write, whose answer was lost,
    /// from another's.
    pub async fn burn_code(
        &self,
        code: &AuthorizationCode,
        nonce: [u8; 16],
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        self.burn("code", code.reveal(), nonce, now).await
    }

    /// The same for the state of a browser's sign-in.
    pub async fn burn_state(&self, state: &State, nonce: [u8; 16], now: DateTime<Utc>) -> Result<bool, Error> {
        self.burn("state", state.as_str(), nonce, now).await
    }

    async fn burn(&self, kind: &str, text: &str, nonce: [u8; 16], now: DateTime<Utc>) -> Result<bool, Error> {
        let hash = digest::digest(&digest::SHA256, text.as_bytes());
        let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let until = now.checked_add_signed(CODE_GUARD).unwrap_or(now);
        let item = Draft::new(keys::guard(format!("{kind}#{hex}")))
            .with("nonce", bytes(&nonce))
            .with(keys::EXPIRES_AT, whole_seconds_after(until));
        let before = self.put_guard(item).await?;
        Ok(before.is_none_or(|before| before.bytes("nonce") == Ok(nonce.as_slice())))
    }

    /// Puts a guard where there is none, or answers the one that is there.
    pub(super) async fn put_guard(&self, guard: Draft) -> Result<Option<Stored>, Error> {
        let put = self
            .client
            .put_item()
            .table_name(&self.tables.guards)
            .set_item(Some(guard.0))
            .condition_expression("attribute_not_exists(guard)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match put {
            Ok(_) => Ok(None),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(Some(Stored(refused.item.clone().unwrap_or_default())))
                }
                _ => Err(Error::fault(error)),
            },
        }
    }

    /// Lets nobody ask Discord anything until `until`.
    pub async fn pause_discord(&self, until: DateTime<Utc>) -> Result<(), Error> {
        let request = self
            .client
            .update_item()
            .table_name(&self.tables.guards)
            .set_key(Some(keys::pause()))
            .update_expression("SET paused_until = :until, expires_at = :gone")
            .expression_attribute_values(":until", moment(until))
            .expression_attribute_values(":gone", whole_seconds_after(until));
        self.updated(request).await.map(drop)
    }

    /// Counts one in the limit's window for `whom`: `None` if it may pass, else the seconds until the next window. `nonce` tells our own
    /// count, whose answer was lost, from another's: the last that fits would else be refused for having been counted.
    pub async fn count_in_window(
        &self,
        (rated, limit): (&str, Limit),
        whom: &Whom,
        nonce: [u8; 16],
        now: DateTime<Utc>,
    ) -> Result<Option<u64>, Error> {
        let window = limit.window(now);
        let (table, key) = match whom {
            Whom::Address(address) => {
                (&self.tables.guards, keys::guard(format!("rate#{rated}#{address}#{}", window.start)))
            }
            Whom::User(user_id) => (&self.tables.users, keys::users_window(*user_id, rated, window.start)),
            Whom::Everybody => (&self.tables.guards, keys::guard(format!("rate#{rated}#{}", window.start))),
        };
        let request = self
            .client
            .update_item()
            .table_name(table)
            .set_key(Some(key))
            .update_expression("ADD hits :one SET expires_at = :end, nonce = :nonce")
            .condition_expression("attribute_not_exists(hits) OR hits < :most OR nonce = :nonce")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(limit.most))
            .expression_attribute_values(":end", number(window.end))
            .expression_attribute_values(":nonce", bytes(&nonce));
        match write(|| request.clone().send()).await {
            Ok(_) => Ok(None),
            Err(error) if is_refused(&error) => Ok(Some(window.seconds_left(now))),
            Err(error) => Err(Error::fault(error)),
        }
    }
}
