//! `/apps`: what the tests of its endpoints share.

mod banned_owner;
mod create;
mod delete;
mod deleted_owner;
mod doors;
mod get;
mod list;
mod token;
mod trusted;
mod update;
mod verified;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use reqwest::Method;
use serde_json::json;
use shared::context::Clock;
use shared::domain::AppId;

use crate::world::*;

/// An endpoint: method, path, and a body that it takes.
type Door = (&'static str, &'static str, &'static str);

const CREATE: Door = ("POST", "/apps", r#"{"name":"Another name"}"#);
const LIST: Door = ("GET", "/apps", "");
const GET: Door = ("GET", "/apps/{app_id}", "");
const UPDATE: Door = ("PATCH", "/apps/{app_id}", r#"{"name":"Another name"}"#);
const DELETE: Door = ("DELETE", "/apps/{app_id}", "");
const REVEAL: Door = ("GET", "/apps/{app_id}/token", "");
const REGENERATE: Door = ("POST", "/apps/{app_id}/token", "");
const VERIFY: Door = ("PUT", "/apps/{app_id}/verified", r#"{"verified":true}"#);
const TRUST: Door = ("PUT", "/apps/{app_id}/trusted", r#"{"trusted":true}"#);

const ALL: [Door; 9] = [CREATE, LIST, GET, UPDATE, DELETE, REVEAL, REGENERATE, VERIFY, TRUST];
/// Those about one app.
const OF_ONE: [Door; 7] = [GET, UPDATE, DELETE, REVEAL, REGENERATE, VERIFY, TRUST];
/// Those that an owner changes something by.
const CHANGES: [Door; 4] = [CREATE, UPDATE, DELETE, REGENERATE];

fn request(world: &World, (method, path, body): Door, app_id: &str) -> reqwest::RequestBuilder {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let request = world.http.request(method, world.url(&path.replace("{app_id}", app_id)));
    if body.is_empty() { request } else { request.header("content-type", "application/json").body(body) }
}

async fn knock(world: &World, door: Door, app_id: &str, token: &str) -> Answer {
    let answer = Answer::of(request(world, door, app_id).bearer_auth(token)).await;
    world.note_token(&answer);
    answer
}

fn path(app: &TestApp<'_>) -> String {
    format!("/apps/{}", app.id)
}

/// Status and code.
fn said(answer: &Answer) -> (u16, String) {
    (answer.status, answer.code())
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// An answer without what differs each time.
fn shown(answer: &Answer, app: &TestApp<'_>) -> String {
    let now = json!(app.world.clock.now());
    answer.text().replace(&app.id, "<app>").replace(&app.token, "<token>").replace(now.as_str().unwrap(), "<now>")
}

/// The names of somebody's apps, as they are listed.
async fn names_of(person: &Person<'_>) -> Vec<String> {
    let list = person.get("/apps").await.json();
    list["apps"].as_array().unwrap().iter().map(|app| app["name"].as_str().unwrap().to_owned()).collect()
}

/// The same app with the token of an answer.
fn with_token<'w>(app: &TestApp<'w>, answer: &Answer) -> TestApp<'w> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let token = answer.json()["token"].as_str().unwrap().to_owned();
    TestApp { world: app.world, id: app.id.clone(), token }
}

/// Bans, or lifts the ban.
async fn put_state(operator: &Person<'_>, user: u64, state: &str) -> Answer {
    operator.put(&format!("/users/{user}/state"), json!({"state": state})).await
}

/// What is left of an app anywhere; an account names its apps in bytes.
async fn left_of(world: &World, app_id: &str) -> Vec<String> {
    let bytes = app_id.replace('-', "");
    world.everything().await.into_iter().filter(|item| item.contains(app_id) || item.contains(&bytes)).collect()
}

type Item = HashMap<String, AttributeValue>;

fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn key(app: &TestApp<'_>) -> Item {
    Item::from([("app_id".into(), text(&app.id)), ("item".into(), text("app"))])
}

/// The app's item, as it stands in the table.
async fn item_of(app: &TestApp<'_>) -> Option<Item> {
    let get = app.world.dynamodb().get_item().table_name(format!("{}apps", app.world.tables)).consistent_read(true);
    get.set_key(Some(key(app))).send().await.unwrap().item
}

/// Sets an attribute of it.
async fn set(app: &TestApp<'_>, attribute: &str, value: AttributeValue) {
    let update = app.world.dynamodb().update_item().table_name(format!("{}apps", app.world.tables));
    let update = update.set_key(Some(key(app))).update_expression("SET #a = :v");
    let update = update.expression_attribute_names("#a", attribute).expression_attribute_values(":v", value);
    update.send().await.unwrap();
}

/// Takes it out of the table.
async fn remove(app: &TestApp<'_>) {
    let delete = app.world.dynamodb().delete_item().table_name(format!("{}apps", app.world.tables));
    delete.set_key(Some(key(app))).send().await.unwrap();
}
