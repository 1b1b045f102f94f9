//! Everything of a user, gone. Can be run again after a failure: what it was asked by goes last.

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};

use super::conflict::backed_off;
use super::item::text;
use super::keys::{self, Key};
use super::{Error, Store};
use crate::domain::{SessionId, UserId};

/// What one batch may hold.
const BATCH: usize = 25;
/// How often what DynamoDB left unprocessed is sent again.
const ATTEMPTS: u32 = 8;

impl Store {
    /// Deletes every item of a user, page by page; the account and the session that asked go last, so that they can ask again.
    pub async fn delete_user(&self, user_id: UserId, asked_by: SessionId) -> Result<(), Error> {
        let last = vec![keys::session(user_id, asked_by), keys::account(user_id)];
        let mut pages = self
            .client
            .query()
            .table_name(&self.tables.users)
            .consistent_read(true)
            .key_condition_expression("#user_id = :user_id")
            .projection_expression("#user_id, #item")
            .expression_attribute_names("#user_id", keys::USER_ID)
            .expression_attribute_names("#item", keys::ITEM)
            .expression_attribute_values(":user_id", text(user_id.to_string()))
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let items = page.map_err(Error::fault)?.items.unwrap_or_default();
            let keys: Vec<Key> = items.into_iter().filter(|key| !last.contains(key)).collect();
            self.delete_all(keys).await?;
        }
        self.delete_all(last).await
    }

    async fn delete_all(&self, keys: Vec<Key>) -> Result<(), Error> {
        for batch in keys.chunks(BATCH) {
            let requests = batch.iter().map(delete).collect::<Result<Vec<_>, _>>()?;
            self.write_batch(requests).await?;
        }
        Ok(())
    }

    async fn write_batch(&self, mut requests: Vec<WriteRequest>) -> Result<(), Error> {
        for attempt in 0..ATTEMPTS {
            backed_off(attempt).await;
            let request = self.client.batch_write_item().request_items(&self.tables.users, requests);
            let answer = request.send().await.map_err(Error::fault)?;
            let unprocessed = answer.unprocessed_items.and_then(|mut tables| tables.remove(&self.tables.users));
            match unprocessed {
                Some(left) if !left.is_empty() => requests = left,
                _ => return Ok(()),
            }
        }
        Err(Error::Unprocessed)
    }
}

fn delete(key: &Key) -> Result<WriteRequest, Error> {
    let request = DeleteRequest::builder().set_key(Some(key.clone())).build().map_err(Error::fault)?;
    Ok(WriteRequest::builder().delete_request(request).build())
}
