//! Tables and keys, made from typed ids alone.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::domain::{SessionId, UserId};

pub(super) const USER_ID: &str = "user_id";
pub(super) const ITEM: &str = "item";
pub(super) const GUARD: &str = "guard";
/// Epoch seconds after which DynamoDB may delete an item, days late.
pub(super) const EXPIRES_AT: &str = "expires_at";

pub(super) const ACCOUNT: &str = "account";
pub(super) const GRANT: &str = "discord";
pub(super) const GUILDS: &str = "guilds";
pub(super) const SESSION_PREFIX: &str = "session#";

pub(super) type Key = HashMap<String, AttributeValue>;

pub(super) fn account(user_id: UserId) -> Key {
    users(user_id, ACCOUNT.to_owned())
}

pub(super) fn grant(user_id: UserId) -> Key {
    users(user_id, GRANT.to_owned())
}

pub(super) fn session(user_id: UserId, session_id: SessionId) -> Key {
    users(user_id, format!("{SESSION_PREFIX}{session_id}"))
}

pub(super) fn guilds(user_id: UserId) -> Key {
    users(user_id, GUILDS.to_owned())
}

/// A rate window of one user stands with what else is theirs, so that it goes when they go.
pub(super) fn users_window(user_id: UserId, rated: &str, start: i64) -> Key {
    users(user_id, format!("rate#{rated}#{start}"))
}

/// While it is there, nobody asks Discord anything.
pub(super) fn pause() -> Key {
    guard("pause#discord".to_owned())
}

pub(super) fn guard(name: String) -> Key {
    Key::from([(GUARD.to_owned(), AttributeValue::S(name))])
}

fn users(user_id: UserId, item: String) -> Key {
    let user_id = AttributeValue::S(user_id.to_string());
    Key::from([(USER_ID.to_owned(), user_id), (ITEM.to_owned(), AttributeValue::S(item))])
}
