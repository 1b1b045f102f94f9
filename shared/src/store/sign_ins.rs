//! Sign-ins that give way: a user keeps the newest of them.

use chrono::{DateTime, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::item::{moment, number, text};
use super::keys::Key;
use super::{Error, Store, keys};
use crate::domain::error_chain;
use crate::domain::{Session, SessionType};

/// How many live sessions that came from signing in a user may have.
const MAX_SIGN_INS: usize = 200;
/// How many are deleted at one sign-in: a pile must not hold it up, and the next sign-in deletes more.
const MAX_DELETED: usize = 100;
const DELETED_AT_ONCE: usize = 25;

impl Store {
    /// Deletes the oldest live sign-ins of a user beyond 200. Never API tokens, never `new`. A failure is logged and changes nothing
    /// else: the session was made, and the next sign-in deletes what is left.
    pub async fn delete_oldest_sign_ins(&self, new: &Session, now: DateTime<Utc>) {
        if let Err(error) = self.try_delete_oldest_sign_ins(new, now).await {
            tracing::warn!(user_id = %new.user_id, error = error_chain(&error), "oldest sign-ins not deleted");
        }
    }

    async fn try_delete_oldest_sign_ins(&self, new: &Session, now: DateTime<Utc>) -> Result<(), Error> {
        let oldest = self.sign_ins_beyond(new, now).await?.into_iter().rev().take(MAX_DELETED);
        let deletions = stream::iter(oldest).map(|key| self.delete_sign_in(key));
        deletions.buffer_unordered(DELETED_AT_ONCE).try_collect().await
    }

    /// Keys of the live sign-ins beyond 200, newest first.
    async fn sign_ins_beyond(&self, new: &Session, now: DateTime<Utc>) -> Result<Vec<Key>, Error> {
        let mut pages = self
            .sessions_of(new.user_id)
            .scan_index_forward(false)
            .filter_expression("#type <> :api AND expiry > :now AND sign_outs = :sign_outs")
            .projection_expression("#id, #item")
            .expression_attribute_names("#type", "type")
            .expression_attribute_values(":api", text(SessionType::Api.as_str()))
            .expression_attribute_values(":now", moment(now))
            .expression_attribute_values(":sign_outs", number(new.sign_outs))
            .into_paginator()
            .send();
        let (mut found, mut beyond) = (0_usize, Vec::new());
        while let Some(page) = pages.next().await {
            for key in page.map_err(Error::fault)?.items.ok_or(Error::Garbled)? {
                found = found.saturating_add(1);
                if found > MAX_SIGN_INS && key != keys::session(new.user_id, new.id) {
                    beyond.push(key);
                }
            }
        }
        Ok(beyond)
    }

    /// Deletes a sign-in, unless it is gone already.
    async fn delete_sign_in(&self, key: Key) -> Result<(), Error> {
        let deleted = self
            .client()
            .delete_item()
            .table_name(&self.tables.users)
            .set_key(Some(key))
            .condition_expression("attribute_exists(token_hash) AND #type <> :api")
            .expression_attribute_names("#type", "type")
            .expression_attribute_values(":api", text(SessionType::Api.as_str()))
            .send()
            .await;
        match deleted {
            Err(error)
                if !error.as_service_error().is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Err(Error::fault(error))
            }
            _ => Ok(()),
        }
    }
}
