//! Writes that meet other writes: DynamoDB refuses one of them, and the SDK does not try again by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::client::customize::CustomizableOperation;
use aws_sdk_dynamodb::config::AsyncSleep;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::builders::{ConditionCheckBuilder, DeleteBuilder, PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{CancellationReason, ReturnValuesOnConditionCheckFailure, TransactWriteItem};

use super::item::Stored;
use super::{Error, Store};

const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// How a transaction ended.
pub(super) enum Outcome {
    /// All of it was written.
    Written,
    /// None of it was: for each part, the item that failed its condition (empty where there is none), or `None` if that part was fine.
    Refused(Vec<Option<Stored>>),
}

impl Store {
    /// Writes all parts or none, and tries again while other writes are in the way. The request token that the SDK adds makes a
    /// repeat after a lost answer the same write.
    pub(super) async fn transact(&self, parts: Vec<TransactWriteItem>) -> Result<Outcome, Error> {
        let request = self.client().transact_write_items().set_transact_items(Some(parts));
        for attempt in 0..ATTEMPTS {
            self.back_off(attempt).await;
            let Err(error) = request.clone().send().await else { return Ok(Outcome::Written) };
            let Some(reasons) = cancellation(&error) else { return Err(Error::fault(error)) };
            if reasons.iter().any(|reason| reason.code() == Some(CONDITION_FAILED)) {
                return Ok(Outcome::Refused(reasons.iter().map(refused_item).collect()));
            }
            if !reasons.iter().all(|reason| reason.code().is_none_or(is_passing)) {
                return Err(Error::fault(error));
            }
        }
        Err(Error::Contended)
    }

    /// Sends a single write again while transactions are in its way.
    pub(super) async fn write<T, E, F>(&self, send: impl Fn() -> F) -> Result<T, SdkError<E>>
    where
        F: Future<Output = Result<T, SdkError<E>>>,
        E: ProvideErrorMetadata,
    {
        let mut attempt = 0;
        loop {
            self.back_off(attempt).await;
            attempt += 1;
            match send().await {
                Err(error) if attempt < ATTEMPTS && error.code() == Some("TransactionConflictException") => {}
                outcome => return outcome,
            }
        }
    }

    /// Waits before an attempt, as the SDK does between its own: not before the first; then doubling, between half and all of it,
    /// so that those who met do not meet again.
    pub(super) async fn back_off(&self, attempt: u32) {
        let Some(doublings) = attempt.checked_sub(1) else { return };
        let whole = FIRST_PAUSE.saturating_mul(1 << doublings.min(10));
        let pause = whole.saturating_mul(fastrand::u32(128..=256)) / 256;
        match self.connection.aws.sleep_impl() {
            Some(timer) => timer.sleep(pause).await,
            None => tokio::time::sleep(pause).await,
        }
    }
}

/// A part of a transaction that writes nothing. Refused, it gives the item that it found.
pub(super) fn check_part(check: ConditionCheckBuilder) -> Result<TransactWriteItem, Error> {
    let check = check.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld).build();
    Ok(TransactWriteItem::builder().condition_check(check.map_err(Error::fault)?).build())
}

/// A part of a transaction that changes an item. Refused, it gives the item that it found.
pub(super) fn update_part(update: UpdateBuilder) -> Result<TransactWriteItem, Error> {
    let update = update.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld).build();
    Ok(TransactWriteItem::builder().update(update.map_err(Error::fault)?).build())
}

/// A part of a transaction that puts an item.
pub(super) fn put_part(put: PutBuilder) -> Result<TransactWriteItem, Error> {
    Ok(TransactWriteItem::builder().put(put.build().map_err(Error::fault)?).build())
}

/// A part of a transaction that deletes an item.
pub(super) fn delete_part(delete: DeleteBuilder) -> Result<TransactWriteItem, Error> {
    Ok(TransactWriteItem::builder().delete(delete.build().map_err(Error::fault)?).build())
}

/// How often a request was sent, by the SDK too.
#[derive(Default)]
pub(super) struct Attempts(Arc<AtomicU32>);

impl Attempts {
    pub(super) fn counting<T, E, B>(&self, request: CustomizableOperation<T, E, B>) -> CustomizableOperation<T, E, B> {
        let count = Arc::clone(&self.0);
        request.mutate_request(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        })
    }

    pub(super) fn were_several(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 1
    }
}

const CONDITION_FAILED: &str = "ConditionalCheckFailed";

fn cancellation(error: &SdkError<TransactWriteItemsError>) -> Option<&[CancellationReason]> {
    match error.as_service_error()? {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => Some(cancelled.cancellation_reasons()),
        _ => None,
    }
}

fn refused_item(reason: &CancellationReason) -> Option<Stored> {
    let failed = reason.code() == Some(CONDITION_FAILED);
    failed.then(|| Stored(reason.item.clone().unwrap_or_default()))
}

fn is_passing(code: &str) -> bool {
    matches!(code, "None" | "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded")
}
