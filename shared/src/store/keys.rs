//! Tables and keys, made from typed ids alone.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::domain::{AppId, AuditName, GuildId, SessionId, Subject, UserId};

pub(super) const USER_ID: &str = "user_id";
pub(super) const APP_ID: &str = "app_id";
pub(super) const GUILD_ID: &str = "guild_id";
pub(super) const ITEM: &str = "item";
pub(super) const GUARD: &str = "guard";
/// Epoch seconds after which DynamoDB may delete an item, days late.
pub(super) const EXPIRES_AT: &str = "expires_at";

pub(super) const ACCOUNT: &str = "account";
pub(super) const GRANT: &str = "discord";
pub(super) const GUILDS: &str = "guilds";
pub(super) const SESSION_PREFIX: &str = "session#";
/// In a user's partition: that they have authorized the app for themselves.
pub(super) const AUTHORIZED_PREFIX: &str = "authorized#";

pub(super) const APP: &str = "app";
pub(super) const GUILD_PREFIX: &str = "guild#";
pub(super) const USER_PREFIX: &str = "user#";
/// The index of the apps table, for lists alone.
pub(super) const BY_GUILD: &str = "by-guild";

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

/// A place in the list of a user's sessions, where not everything has to be one.
pub(super) fn session_at(user_id: UserId, place: &str) -> Key {
    users(user_id, format!("{SESSION_PREFIX}{place}"))
}

pub(super) fn guilds(user_id: UserId) -> Key {
    users(user_id, GUILDS.to_owned())
}

/// That a user has authorized an app for themselves: so that their list and their deletion need no index.
pub(super) fn authorized(user_id: UserId, app_id: AppId) -> Key {
    users(user_id, format!("{AUTHORIZED_PREFIX}{app_id}"))
}

pub(super) fn app(app_id: AppId) -> Key {
    apps(app_id, APP.to_owned())
}

pub(super) fn authorization(app_id: AppId, subject: Subject) -> Key {
    apps(
        app_id,
        match subject {
            Subject::Guild(guild_id) => format!("{GUILD_PREFIX}{guild_id}"),
            Subject::User(user_id) => format!("{USER_PREFIX}{user_id}"),
        },
    )
}

/// The place of an authorization in the index.
pub(super) fn by_guild(guild_id: GuildId, app_id: AppId) -> Key {
    let mut key = authorization(app_id, Subject::Guild(guild_id));
    key.insert(GUILD_ID.to_owned(), AttributeValue::S(guild_id.to_string()));
    key
}

/// A rate window of one user stands with what else is theirs, so that it goes when they go.
pub(super) fn users_window(user_id: UserId, rated: &str, start: i64) -> Key {
    users(user_id, format!("rate#{rated}#{start}"))
}

/// While it is there, nobody asks Discord anything.
pub(super) fn pause() -> Key {
    guard("pause#discord".to_owned())
}

/// An audit.
pub(super) fn audit(name: &AuditName) -> Key {
    guard(format!("audit#{name}"))
}

/// How far one segment of an audit has come.
pub(super) fn audit_segment(name: &AuditName, segment: u16) -> Key {
    guard(format!("audit#{name}#{segment}"))
}

pub(super) fn guard(name: String) -> Key {
    Key::from([(GUARD.to_owned(), AttributeValue::S(name))])
}

fn users(user_id: UserId, item: String) -> Key {
    let user_id = AttributeValue::S(user_id.to_string());
    Key::from([(USER_ID.to_owned(), user_id), (ITEM.to_owned(), AttributeValue::S(item))])
}

fn apps(app_id: AppId, item: String) -> Key {
    let app_id = AttributeValue::S(app_id.to_string());
    Key::from([(APP_ID.to_owned(), app_id), (ITEM.to_owned(), AttributeValue::S(item))])
}
