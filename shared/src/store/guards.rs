//! Guards: what may happen once, or so many times in a window.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure, Update};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::conflict::update_part;
use super::item::{Draft, Stored, bytes, id_set, moment, number, whole_seconds_after};
use super::keys::Key;
use super::{Error, Store, keys};
use crate::domain::error_chain;
use crate::domain::{AppId, AuthorizationCode, Limit, State, UserId};

/// Discord's codes live 100 seconds; a guard that outlives them by far cannot be gone too early.
const CODE_GUARD: TimeDelta = TimeDelta::hours(1);

/// How often counting starts over because others make or lose the same window.
const COUNT_ATTEMPTS: usize = 3;

/// Whose requests are counted together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Those from one address.
    Address(String),
    /// Those of one user.
    User(UserId),
    /// Those of one app.
    App(AppId),
    /// All.
    Everybody,
}

/// The right to use a code or a state, which one caller alone has.
#[derive(Debug)]
pub struct Claim {
    key: Key,
    nonce: [u8; 16],
}

/// An attempt to redeem a code, counted where it began.
#[derive(Debug)]
pub struct Attempt {
    key: Key,
    nonce: [u8; 16],
}

/// What became of an attempt that was to begin.
#[derive(Debug)]
pub enum Begun {
    /// It has begun.
    Yes(Attempt),
    /// Not yet: codes are being tried that may all be refused.
    Later,
    /// As many were refused as may be; seconds until the next window.
    Never(u64),
}

impl Store {
    /// Burns a code: a claim for the first who does, `None` for everybody after. `nonce` tells our own write, whose answer was lost,
    /// from another's.
    pub async fn burn_code(
        &self,
        code: &AuthorizationCode,
        nonce: [u8; 16],
        now: DateTime<Utc>,
    ) -> Result<Option<Claim>, Error> {
        self.burn("code", code.reveal(), nonce, now).await
    }

    /// The same for the state of a browser's sign-in.
    pub async fn burn_state(&self, state: &State, nonce: [u8; 16], now: DateTime<Utc>) -> Result<Option<Claim>, Error> {
        self.burn("state", state.as_str(), nonce, now).await
    }

    async fn burn(&self, kind: &str, text: &str, nonce: [u8; 16], now: DateTime<Utc>) -> Result<Option<Claim>, Error> {
        let until = now.checked_add_signed(CODE_GUARD).unwrap_or(now);
        let hex: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        let key = keys::guard(format!("{kind}#{hex}"));
        let item =
            Draft::new(key.clone()).with("nonce", bytes(&nonce)).with(keys::EXPIRES_AT, whole_seconds_after(until));
        let before = self.put_guard(item).await?;
        let is_ours = before.is_none_or(|before| before.bytes("nonce") == Ok(nonce.as_slice()));
        Ok(is_ours.then_some(Claim { key, nonce }))
    }

    /// Gives a claim back, so that the code or state is as good as before. Nobody else's claim is touched.
    pub async fn release_claim(&self, claim: Claim) -> Result<(), Error> {
        let request = self
            .client()
            .delete_item()
            .table_name(&self.tables.guards)
            .set_key(Some(claim.key))
            .condition_expression("nonce = :nonce")
            .expression_attribute_values(":nonce", bytes(&claim.nonce));
        match self.write(|| request.clone().send()).await {
            Ok(_) => Ok(()),
            // It was released before, by a write whose answer was lost.
            Err(error)
                if error.as_service_error().is_some_and(DeleteItemError::is_conditional_check_failed_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(Error::fault(error)),
        }
    }

    /// Puts a guard where there is none, or answers the one that is there.
    pub(super) async fn put_guard(&self, guard: Draft) -> Result<Option<Stored>, Error> {
        let put = self
            .client()
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
                    Ok(Some(Stored(refused.item.clone().ok_or(Error::Garbled)?)))
                }
                _ => Err(Error::fault(error)),
            },
        }
    }

    /// Until when nobody is to ask Discord anything.
    pub async fn discord_pause(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let items = self.read_from(vec![(&self.tables.guards, vec![keys::pause()])]).await?;
        Ok(items.first().map(|pause| pause.moment("paused_until")).transpose()?)
    }

    /// Lets nobody ask Discord anything until `until`. A longer pause stays.
    pub async fn pause_discord(&self, until: DateTime<Utc>) -> Result<(), Error> {
        let request = self
            .client()
            .update_item()
            .table_name(&self.tables.guards)
            .set_key(Some(keys::pause()))
            .update_expression("SET paused_until = :until, expires_at = :gone")
            .condition_expression("attribute_not_exists(paused_until) OR paused_until < :until")
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
        let hit = Hit { most: limit.most, end: window.end, nonce };
        let may_pass = match whom {
            Whom::Address(address) => {
                self.count_guard(format!("rate#{rated}#{address}#{}", window.start), &hit).await?
            }
            Whom::Everybody => self.count_guard(format!("rate#{rated}#{}", window.start), &hit).await?,
            Whom::User(user_id) => {
                self.count_of_user(*user_id, &keys::users_window(*user_id, rated, window.start), &hit).await?
            }
            Whom::App(app_id) => self.count_guard(format!("rate#{rated}#{app_id}#{}", window.start), &hit).await?,
        };
        Ok(if may_pass { None } else { Some(window.seconds_left(now)) })
    }

    async fn count_guard(&self, guard: String, hit: &Hit) -> Result<bool, Error> {
        let condition = format!("attribute_not_exists(hits) OR {HIT_FITS}");
        match self.count_once(&self.tables.guards, &keys::guard(guard), &condition, hit).await? {
            Counted::Yes => Ok(true),
            Counted::Full | Counted::NoWindow => Ok(false),
        }
    }

    /// The first in a window makes an item in the user's partition, which takes a transaction; all others count in the one that is there.
    async fn count_of_user(&self, user_id: UserId, key: &Key, hit: &Hit) -> Result<bool, Error> {
        let condition = format!("attribute_exists(hits) AND ({HIT_FITS})");
        for _ in 0..COUNT_ATTEMPTS {
            match self.count_once(&self.tables.users, key, &condition, hit).await? {
                Counted::Yes => return Ok(true),
                Counted::Full => return Ok(false),
                Counted::NoWindow => {}
            }
            let first = Update::builder()
                .table_name(&self.tables.users)
                .set_key(Some(key.clone()))
                .update_expression(COUNT_HIT)
                .condition_expression("attribute_not_exists(hits)")
                .set_expression_attribute_values(Some(hit.values()));
            if self.transact_while_account_stays(user_id, update_part(first)?).await? {
                return Ok(true);
            }
        }
        Err(Error::Contended)
    }

    async fn count_once(&self, table: &str, key: &Key, condition: &str, hit: &Hit) -> Result<Counted, Error> {
        let request = self
            .client()
            .update_item()
            .table_name(table)
            .set_key(Some(key.clone()))
            .update_expression(COUNT_HIT)
            .condition_expression(condition)
            .set_expression_attribute_values(Some(hit.values()))
            .expression_attribute_values(":most", number(hit.most))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match self.write(|| request.clone().send()).await {
            Ok(_) => Ok(Counted::Yes),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(if refused.item.is_some() { Counted::Full } else { Counted::NoWindow })
                }
                _ => Err(Error::fault(error)),
            },
        }
    }

    /// Begins an attempt to redeem a code from `address`, unless as many codes were refused there in the limit's window, or are being
    /// tried, as may be. An attempt that is never ended counts as refused.
    pub async fn begin_attempt(
        &self,
        (rated, limit): (&str, Limit),
        address: &str,
        nonce: [u8; 16],
        now: DateTime<Utc>,
    ) -> Result<Begun, Error> {
        let window = limit.window(now);
        let key = keys::guard(format!("rate#{rated}#{address}#{}", window.start));
        let request = self
            .client()
            .update_item()
            .table_name(&self.tables.guards)
            .set_key(Some(key.clone()))
            .update_expression("ADD attempts :nonces SET expires_at = :end")
            .condition_expression("attribute_not_exists(attempts) OR size(attempts) < :most")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .expression_attribute_values(":nonces", id_set(&nonce))
            .expression_attribute_values(":end", number(window.end))
            .expression_attribute_values(":most", number(limit.most));
        let Err(error) = self.write(|| request.clone().send()).await else {
            return Ok(Begun::Yes(Attempt { key, nonce }));
        };
        let Some(UpdateItemError::ConditionalCheckFailedException(refused)) = error.as_service_error() else {
            return Err(Error::fault(error));
        };
        let found = Stored(refused.item.clone().unwrap_or_default());
        // Our own, whose answer was lost.
        if found.ids("attempts")?.contains(&nonce) {
            return Ok(Begun::Yes(Attempt { key, nonce }));
        }
        let is_full = u32::try_from(found.ids("refused")?.len()).is_ok_and(|refused| refused >= limit.most);
        Ok(if is_full { Begun::Never(window.seconds_left(now)) } else { Begun::Later })
    }

    /// Ends an attempt: a code that was refused stays counted, and whoever waits is told. A failure is noted, and leaves the attempt
    /// counted: that is a code less for this address, and never one more.
    pub async fn end_attempt(&self, Attempt { key, nonce }: Attempt, is_refused: bool) {
        let request = self
            .client()
            .update_item()
            .table_name(&self.tables.guards)
            .set_key(Some(key))
            .update_expression(if is_refused { "ADD refused :nonces" } else { "DELETE attempts :nonces" })
            .condition_expression("attribute_exists(guard)")
            .expression_attribute_values(":nonces", id_set(&nonce));
        if let Err(error) = self.updated(request).await {
            tracing::warn!(error = error_chain(&error), "end of an attempt not recorded");
        }
    }
}

/// One request, as its window counts it.
struct Hit {
    most: u32,
    end: i64,
    nonce: [u8; 16],
}

impl Hit {
    /// What [`COUNT_HIT`] sets.
    fn values(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([
            (":one".to_owned(), number(1)),
            (":end".to_owned(), number(self.end)),
            (":nonce".to_owned(), bytes(&self.nonce)),
        ])
    }
}

/// What became of counting in a window.
enum Counted {
    Yes,
    Full,
    NoWindow,
}

const COUNT_HIT: &str = "ADD hits :one SET expires_at = :end, nonce = :nonce";
/// There is room, or the count is our own, whose answer was lost.
const HIT_FITS: &str = "hits < :most OR nonce = :nonce";
