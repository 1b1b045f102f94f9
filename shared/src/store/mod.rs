//! DynamoDB: what is kept, under which key, and the one conditional write that each decision is.
//!
//! The only room that names a table or an attribute. Rules it keeps: check and act are one operation; an update never creates what
//! it means to change; a condition that fails is an answer, anything else is a fault; no caller's text reaches an expression except as a value.

mod accounts;
mod apps;
mod audits;
mod authorizations;
mod conflict;
mod counts;
mod deletion;
mod grants;
mod guards;
mod guilds;
mod item;
mod keys;
mod page;
mod scan;
mod sessions;
mod sign_ins;

pub use accounts::{Ban, Credential, SignIn, SignedIn};
pub use apps::{AppChange, CreatedApp, KeptApp, Mark, NewApp};
pub use audits::{BegunAudit, SegmentLease};
pub use authorizations::TakenBack;
pub use deletion::Deletion;
pub use grants::{KeptGrant, Lease, NewGrant};
pub use guards::{Attempt, Begun, Claim, Whom};
pub use guilds::{GuildsItem, KeptGuilds};
pub use item::Poison;
pub use page::{Page, Paged};
pub use scan::{Place, Segment, Stretch, Walked};
pub use sessions::{Created, NewSession};

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use aws_config::{AppName, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::SharedInterceptor;
use aws_sdk_dynamodb::config::retry::RetryPartition;
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::KeysAndAttributes;

use counts::RequireCounts;
use item::Stored;
use keys::Key;

use crate::config::TablesConfig;
use crate::domain::error_chain;
use crate::domain::{AppId, UserId};

/// How often what DynamoDB left unread is asked for again.
const READ_ATTEMPTS: u32 = 4;

/// The tables of one deployment. Clones share the connection.
#[derive(Clone)]
pub struct Store {
    connection: Arc<Connection>,
    tables: TablesConfig,
}

/// A client that is made when it is first used: a laptop's one process has all functions, and calls few of them.
struct Connection {
    endpoint: &'static str,
    aws: SdkConfig,
    client: OnceLock<Client>,
}

impl Connection {
    fn connect(&self) -> Client {
        // An endpoint's name is a valid app name: it shows in CloudTrail which function called.
        let mut config = aws_sdk_dynamodb::config::Builder::from(&self.aws);
        config.set_app_name(AppName::new(self.endpoint).ok());
        // A budget of retries of its own, as on Lambda: locally, all functions are one process.
        config.set_retry_partition(Some(RetryPartition::custom(self.endpoint).build()));
        config.push_interceptor(SharedInterceptor::new(RequireCounts));
        Client::from_conf(config.build())
    }
}

/// The store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// DynamoDB did not answer, or not with an answer: throttled, out of time, not allowed, not there.
    #[error("DynamoDB failed")]
    Fault(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// DynamoDB answered a part of what was asked, again and again.
    #[error("DynamoDB left keys unprocessed")]
    Unprocessed,
    /// An answer without what it was asked for.
    #[error("DynamoDB gave an answer with nothing in it")]
    Garbled,
    /// Others wrote the same items at the same time, again and again.
    #[error("DynamoDB cancelled a transaction too often")]
    Contended,
    /// The user was banned since the request began, or the app's owner was.
    #[error("banned meanwhile")]
    Banned,
    /// What the request came with has ended since it began.
    #[error("ended meanwhile")]
    Ended,
    /// There is more to delete than the time of one request allows.
    #[error("not everything is deleted yet")]
    Unfinished,
    /// A table of that name is not there.
    #[error("there is no such table")]
    NoSuchTable,
    /// An item is not as we write it.
    #[error(transparent)]
    Poison(#[from] item::Poison),
}

impl Error {
    fn fault(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Fault(error.into())
    }
}

impl Store {
    /// The tables of those names. Connects when first asked.
    pub fn new(endpoint: &'static str, aws: &SdkConfig, tables: TablesConfig) -> Self {
        let connection = Connection { endpoint, aws: aws.clone(), client: OnceLock::new() };
        Self { connection: Arc::new(connection), tables }
    }

    fn client(&self) -> &Client {
        self.connection.client.get_or_init(|| self.connection.connect())
    }

    /// Opens the connection, by a read of what is not there, of the table that users' requests read first. A table that does not
    /// exist will not come to; any other fault stays for the first request to meet.
    pub async fn warm_up_for_users(&self) -> Result<(), Error> {
        is_there(self.read(vec![keys::account(UserId::new(0))]).await)
    }

    /// The same of the table that apps' requests read first.
    pub async fn warm_up_for_apps(&self) -> Result<(), Error> {
        let nobodys = keys::app(AppId::from_bytes([0; 16]));
        is_there(self.read_from(vec![(&self.tables.apps, vec![nobodys])]).await)
    }

    /// Has every table answer, by one strongly consistent read of what need not be there.
    pub async fn require_answers(&self) -> Result<(), Error> {
        let (users, apps) = (keys::account(UserId::new(0)), keys::app(AppId::from_bytes([0; 16])));
        let tables = &self.tables;
        let one_of_each = vec![(&tables.users, users), (&tables.apps, apps), (&tables.guards, keys::pause())];
        self.read_from(one_of_each.into_iter().map(|(table, key)| (table, vec![key])).collect()).await.map(drop)
    }

    /// The items of a user, all or those whose names begin with `prefix`, strongly consistent.
    fn items_of_user(&self, user_id: UserId, prefix: Option<&str>) -> QueryFluentBuilder {
        self.items_of((&self.tables.users, keys::USER_ID), user_id.to_string(), prefix)
    }

    /// The items of an app, likewise.
    fn items_of_app(&self, app_id: AppId, prefix: Option<&str>) -> QueryFluentBuilder {
        self.items_of((&self.tables.apps, keys::APP_ID), app_id.to_string(), prefix)
    }

    fn items_of(&self, (table, key): (&String, &str), id: String, prefix: Option<&str>) -> QueryFluentBuilder {
        let query = self
            .client()
            .query()
            .table_name(table)
            .consistent_read(true)
            .expression_attribute_names("#id", key)
            .expression_attribute_values(":id", item::text(id));
        match prefix {
            None => query.key_condition_expression("#id = :id"),
            Some(prefix) => query
                .key_condition_expression("#id = :id AND begins_with(#item, :prefix)")
                .expression_attribute_names("#item", keys::ITEM)
                .expression_attribute_values(":prefix", item::text(prefix)),
        }
    }

    /// Some of the items of users, in one strongly consistent round trip: all of those that are there, or a fault.
    async fn read(&self, keys: Vec<Key>) -> Result<Vec<Stored>, Error> {
        self.read_from(vec![(&self.tables.users, keys)]).await
    }

    /// The same, from several tables.
    async fn read_from(&self, wanted: Vec<(&String, Vec<Key>)>) -> Result<Vec<Stored>, Error> {
        let mut left = HashMap::new();
        for (table, keys) in wanted {
            let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
            left.insert(table.clone(), keys.map_err(Error::fault)?);
        }
        let mut found = Vec::new();
        for attempt in 0..READ_ATTEMPTS {
            self.back_off(attempt).await;
            let request = self.client().batch_get_item().set_request_items(Some(left.clone()));
            let answer = request.send().await.map_err(|error| match error.as_service_error() {
                Some(BatchGetItemError::ResourceNotFoundException(_)) => Error::NoSuchTable,
                _ => Error::fault(error),
            })?;
            // Nothing found is said in so many words: without them, nobody is to be told that there is nothing.
            let responses = answer.responses.ok_or(Error::Garbled)?;
            let unread = answer.unprocessed_keys.ok_or(Error::Garbled)?;
            if !left.keys().all(|table| responses.contains_key(table) || unread.contains_key(table)) {
                return Err(Error::Garbled);
            }
            found.extend(responses.into_values().flatten().map(Stored));
            left = unread;
            if left.is_empty() {
                return Ok(found);
            }
        }
        Err(Error::Unprocessed)
    }
}

fn is_there(read: Result<Vec<Stored>, Error>) -> Result<(), Error> {
    match read {
        Err(error @ Error::NoSuchTable) => Err(error),
        Err(error) => {
            tracing::warn!(error = error_chain(&error), "table not available at cold start");
            Ok(())
        }
        Ok(_) => Ok(()),
    }
}
