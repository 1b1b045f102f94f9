//! Everything of a user, of an app, or of a guild's authorizations, gone. Page by page, and able to be run again after a failure:
//! what it was asked by goes last.

use std::time::Duration;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{Delete, DeleteRequest, ReturnValue, ReturnValuesOnConditionCheckFailure, WriteRequest};
use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::conflict::{Outcome, delete_part};
use super::item::{Stored, bytes, text};
use super::keys::{self, Key};
use super::{Error, Store};
use crate::domain::{Account, AppId, GuildId, SessionId, Subject, UserId, UserState};

/// What one batch may hold.
const BATCH: usize = 25;
/// How often what DynamoDB left unprocessed is sent again.
const ATTEMPTS: u32 = 8;
/// How often a deletion starts over because its user signs in meanwhile.
const OVERTAKEN: usize = 3;

/// When a request has to stop deleting, so that it can still say that there is more.
pub(super) struct Deadline(Instant);

impl Deadline {
    /// API Gateway waits 30 seconds.
    pub(super) fn of_a_request() -> Self {
        Self(Instant::now() + Duration::from_secs(20))
    }

    fn check(&self) -> Result<(), Error> {
        if Instant::now() < self.0 { Ok(()) } else { Err(Error::Unfinished) }
    }
}

/// Who asks for a user's deletion.
#[derive(Clone, Copy, Debug)]
pub struct Deletion {
    /// Who is to go.
    pub user_id: UserId,
    /// The session that asked: it goes last, so that it can ask again.
    pub asked_by: SessionId,
    /// Tells this deletion from every other.
    pub nonce: [u8; 16],
    /// When it was asked.
    pub now: DateTime<Utc>,
}

/// A key, and the table it is of.
type Place<'a> = (&'a str, Key);

impl Store {
    /// Deletes every item of a user, their apps and what they authorized. From the first write on their account makes nothing new,
    /// and signing in meanwhile is deleted as well.
    pub async fn delete_user(&self, deletion: Deletion) -> Result<(), Error> {
        let deadline = Deadline::of_a_request();
        for _ in 0..OVERTAKEN {
            for app_id in self.begin_deletion(deletion).await? {
                self.delete_app_of_deleted(deletion.user_id, app_id, deletion.now, &deadline).await?;
            }
            self.delete_items_of(deletion, &deadline).await?;
            if self.end_deletion(deletion).await? {
                return Ok(());
            }
        }
        Err(Error::Contended)
    }

    /// Marks the account, and answers which apps it names. A banned account stays, or the ban would be shaken off.
    async fn begin_deletion(&self, deletion: Deletion) -> Result<Vec<AppId>, Error> {
        let request = self
            .client()
            .update_item()
            .table_name(&self.tables.users)
            .set_key(Some(keys::account(deletion.user_id)))
            .update_expression("SET deleting = :nonce")
            .condition_expression("attribute_exists(user_id) AND #state <> :banned")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":banned", text(UserState::Banned.as_str()))
            .expression_attribute_values(":nonce", bytes(&deletion.nonce))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match self.write(|| request.clone().send()).await {
            Ok(marked) => {
                let account = Stored(marked.attributes.ok_or(Error::Garbled)?);
                Ok(account.ids("app_ids")?.into_iter().map(AppId::from_bytes).collect())
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) if refused.item.is_some() => {
                    Err(Error::Banned)
                }
                // No account: a deletion beside this one was faster.
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(Vec::new()),
                _ => Err(Error::fault(error)),
            },
        }
    }

    async fn delete_items_of(
        &self,
        Deletion { user_id, asked_by, .. }: Deletion,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        let last = [keys::session(user_id, asked_by), keys::account(user_id)];
        let keys_alone = self.items_of_user(user_id, None).projection_expression("user_id, #item");
        let keys_alone = keys_alone.expression_attribute_names("#item", keys::ITEM);
        let places = |key| if last.contains(&key) { vec![] } else { self.with_authorization(user_id, key) };
        self.delete_found(keys_alone, deadline, places).await
    }

    /// What a user authorized for themselves stands in the app's partition; it goes before what names it.
    fn with_authorization(&self, user_id: UserId, key: Key) -> Vec<Place<'_>> {
        let item = key.get(keys::ITEM).and_then(|item| item.as_s().ok());
        let app_id = item.and_then(|item| item.strip_prefix(keys::AUTHORIZED_PREFIX)?.parse().ok());
        let authorization = app_id.map(|app_id| keys::authorization(app_id, Subject::User(user_id)));
        let authorization = authorization.map(|key| (self.tables.apps.as_str(), key));
        authorization.into_iter().chain([(self.tables.users.as_str(), key)]).collect()
    }

    /// Deletes the account and the session that asked; `false` if its user has signed in meanwhile.
    async fn end_deletion(&self, Deletion { user_id, asked_by, nonce, .. }: Deletion) -> Result<bool, Error> {
        let delete = |key| Delete::builder().table_name(&self.tables.users).set_key(Some(key));
        let account = delete(keys::account(user_id))
            .condition_expression("(deleting = :nonce AND #state <> :banned) OR attribute_not_exists(user_id)")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":banned", text(UserState::Banned.as_str()))
            .expression_attribute_values(":nonce", bytes(&nonce));
        let session = delete(keys::session(user_id, asked_by));
        Ok(matches!(self.transact(vec![delete_part(account)?, delete_part(session)?]).await?, Outcome::Written))
    }

    /// Deletes all authorizations of an app, and what names them with the users.
    pub(super) async fn delete_authorizations_of(&self, app_id: AppId, deadline: &Deadline) -> Result<(), Error> {
        let last = keys::app(app_id);
        let keys_alone = self.items_of_app(app_id, None).projection_expression("app_id, #item");
        let keys_alone = keys_alone.expression_attribute_names("#item", keys::ITEM);
        let places = |key| if key == last { vec![] } else { self.with_users_name(app_id, key) };
        self.delete_found(keys_alone, deadline, places).await
    }

    fn with_users_name(&self, app_id: AppId, key: Key) -> Vec<Place<'_>> {
        let item = key.get(keys::ITEM).and_then(|item| item.as_s().ok());
        let user_id = item.and_then(|item| item.strip_prefix(keys::USER_PREFIX)?.parse().ok());
        let name = user_id.map(|user_id| (self.tables.users.as_str(), keys::authorized(user_id, app_id)));
        name.into_iter().chain([(self.tables.apps.as_str(), key)]).collect()
    }

    /// Deletes all authorizations on a guild that the index names: one that is granted at the same moment may stay. Nothing is deleted
    /// for a user who has lost the right to anything since the request began.
    pub async fn delete_authorizations_on(&self, guild_id: GuildId, by: &Account) -> Result<(), Error> {
        self.transact_for(by, vec![]).await?;
        let places = |item| {
            let app_id = Stored(item).text(keys::APP_ID).ok().and_then(|app_id| app_id.parse().ok());
            let key = app_id.map(|app_id| keys::authorization(app_id, Subject::Guild(guild_id)));
            key.into_iter().map(|key| (self.tables.apps.as_str(), key)).collect()
        };
        self.delete_found(self.index_of(guild_id), &Deadline::of_a_request(), places).await
    }

    /// Deletes, page by page, what stands for each item that a query finds: the last of it after all else, since the rest is found by it,
    /// and a batch may be done in any part.
    async fn delete_found<'a>(
        &'a self,
        query: QueryFluentBuilder,
        deadline: &Deadline,
        places: impl Fn(Key) -> Vec<Place<'a>>,
    ) -> Result<(), Error> {
        let mut pages = query.into_paginator().send();
        while let Some(page) = pages.next().await {
            let (mut first, mut last) = (Vec::new(), Vec::new());
            for mut places in page.map_err(Error::fault)?.items.ok_or(Error::Garbled)?.into_iter().map(&places) {
                last.extend(places.pop());
                first.extend(places);
            }
            for batch in first.chunks(BATCH).chain(last.chunks(BATCH)) {
                deadline.check()?;
                self.write_batch(batch).await?;
            }
        }
        Ok(())
    }

    async fn write_batch(&self, places: &[Place<'_>]) -> Result<(), Error> {
        let mut requests = std::collections::HashMap::<String, Vec<WriteRequest>>::new();
        for (table, key) in places {
            requests.entry((*table).to_owned()).or_default().push(delete(key)?);
        }
        for attempt in 0..ATTEMPTS {
            self.back_off(attempt).await;
            let request = self.client().batch_write_item().set_request_items(Some(requests));
            let answer = request.send().await.map_err(Error::fault)?;
            requests = answer.unprocessed_items.ok_or(Error::Garbled)?;
            if requests.is_empty() {
                return Ok(());
            }
        }
        Err(Error::Unprocessed)
    }
}

fn delete(key: &Key) -> Result<WriteRequest, Error> {
    let request = DeleteRequest::builder().set_key(Some(key.clone())).build().map_err(Error::fault)?;
    Ok(WriteRequest::builder().delete_request(request).build())
}
