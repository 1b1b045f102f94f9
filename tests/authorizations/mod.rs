//! Authorizations: on guilds, for users, and what the catalogue makes of them.

mod apps;
mod bodies;
mod catalogue;
mod expiry;
mod faults;
mod for_user;
mod freshness;
mod lists;
mod on_guild;
mod races;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::context::Clock;

use crate::world::*;

/// An item, as it stands in its table.
pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(crate) fn number(number: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Where an app is authorized on a guild.
pub(crate) fn on_guild(app: &TestApp<'_>, guild: u64) -> String {
    format!("/apps/{}/guilds/{guild}", app.id)
}

/// Where the caller authorizes an app for themselves.
pub(crate) fn for_me(app: &TestApp<'_>) -> String {
    format!("/apps/{}/users/@me", app.id)
}

/// Where the apps on a guild are listed.
pub(crate) fn of_guild(guild: u64) -> String {
    format!("/guilds/{guild}/authorizations")
}

/// Signed in and seen: reading by this session writes nothing for the next five minutes.
pub(crate) async fn settled(world: &World, user: u64) -> Person<'_> {
    let person = world.sign_in(user).await;
    assert_eq!(person.get("/sessions/@me").await.status, 200);
    person
}

/// An app of Dave's, who manages no guild.
pub(crate) async fn daves_app<'w>(world: &'w World, name: &str) -> TestApp<'w> {
    world.sign_in(DAVE).await.register(name).await
}

/// Status and body, with the app's id and this moment under names of their own.
pub(crate) fn shown(app: &TestApp<'_>, answer: &Answer) -> String {
    let now = json!(app.world.clock.now());
    answer.text().replace(&app.id, "APP").replace(now.as_str().unwrap(), "NOW")
}

pub(crate) fn ids(list: &Value, key: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|entry| entry[key].as_str().unwrap().to_owned()).collect()
}

/// An item of the apps table.
pub(crate) async fn kept(app: &TestApp<'_>, item: &str) -> Option<Item> {
    let get = app.world.dynamodb().get_item().table_name(format!("{}apps", app.world.tables)).consistent_read(true);
    get.key("app_id", text(&app.id)).key("item", text(item)).send().await.unwrap().item
}

/// What is kept of an app on a guild.
pub(crate) async fn kept_on(app: &TestApp<'_>, guild: u64) -> Option<Item> {
    kept(app, &format!("guild#{guild}")).await
}

/// Puts items straight into the apps table.
pub(crate) async fn keep(world: &World, items: impl IntoIterator<Item = Item>) {
    let table = format!("{}apps", world.tables);
    let put =
        |item| WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(item)).build().unwrap()).build();
    for batch in items.into_iter().map(put).collect::<Vec<_>>().chunks(25) {
        let answer = world.dynamodb().batch_write_item().request_items(&table, batch.to_vec()).send().await.unwrap();
        assert!(answer.unprocessed_items().is_none_or(HashMap::is_empty));
    }
}

/// An item with other values for some of its attributes; `None` takes one out.
pub(crate) fn changed<const N: usize>(item: &Item, changes: [(&str, Option<AttributeValue>); N]) -> Item {
    let mut item = item.clone();
    for (name, value) in changes {
        match value {
            Some(value) => drop(item.insert(name.to_owned(), value)),
            None => drop(item.remove(name)),
        }
    }
    item
}

/// Changes an item of the apps table behind the service's back.
pub(crate) async fn change<const N: usize>(
    app: &TestApp<'_>,
    item: &str,
    changes: [(&str, Option<AttributeValue>); N],
) {
    let before = kept(app, item).await.unwrap();
    keep(app.world, [changed(&before, changes)]).await;
}

/// Copies what is kept of an app on one guild to other guilds.
pub(crate) async fn spread(world: &World, one: &Item, to: impl IntoIterator<Item = u64>) {
    let at = |guild: u64| {
        changed(one, [("item", Some(text(format!("guild#{guild}")))), ("guild_id", Some(text(guild.to_string())))])
    };
    keep(world, to.into_iter().map(at)).await;
}

/// Everything kept of apps.
pub(crate) async fn of_apps(world: &World) -> Vec<String> {
    world.everything().await.into_iter().filter(|item| item.starts_with("apps ")).collect()
}

/// Asserts that doing something changes nothing of any app. That Discord is better left alone may be noted.
pub(crate) async fn changes_no_app<T>(world: &World, what: impl Future<Output = T>) -> T {
    let before = of_apps(world).await;
    let result = what.await;
    assert_eq!(of_apps(world).await, before, "something was written");
    result
}
