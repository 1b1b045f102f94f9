//! A stage on which the same request is made again and again from the same start, with another call of it failing each time.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, PutRequest, WriteRequest};
use chrono::{DateTime, TimeDelta, Utc};
use local::functions::FUNCTIONS;
use reqwest::Method;
use serde_json::{Value, json};
use shared::context::{Clock, Need};

use crate::openapi::Document;
use crate::openapi::access::{Cast, Credential, let_in};
use crate::world::*;

/// One request that is answered well.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    /// Its function.
    pub(super) function: String,
    pub(super) method: Method,
    path: String,
    body: Value,
    by: By,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Nobody,
    Holder(Credential),
    /// Who manages the guild too, and has granted nothing and fetched nothing.
    Cara,
    /// Ben's app, whose grant is about to expire.
    LongAgo,
    /// Somebody who comes from Discord with a code.
    FrontEnd,
    /// The same, in a browser.
    Browser,
    /// A browser that is signed in.
    Page,
}

impl Ask {
    fn get(function: &str, path: &str, by: By) -> Self {
        Self { function: function.into(), method: Method::GET, path: path.into(), body: Value::Null, by }
    }

    fn send(method: Method, function: &str, path: &str, by: By) -> Self {
        Self { method, ..Self::get(function, path, by) }
    }

    fn with(self, body: Value) -> Self {
        Self { body, ..self }
    }

    /// Every operation of the document, every page, the callback, and what some of them do in another way.
    pub(super) fn all() -> Vec<Self> {
        let document = Document::of_this_build();
        let mut asks: Vec<_> = document.operations().iter().map(Self::of).collect();
        let holder = By::Holder;
        let (put, delete, post) = (Method::PUT, Method::DELETE, Method::POST);
        let on_guild = "/apps/{app_id}/guilds/{guild_id}";
        let authorize = "/authorize?app_id={app_id}&permissions=";
        asks.extend([
            Self::get("oauth2-callback", "", By::Browser),
            Self::send(delete.clone(), "session-delete", "/sessions/@me", holder(Credential::ApiToken)),
            Self::get("user-get", "/users/@me?refresh=true", holder(Credential::ApiToken)),
            Self::get("user-get", "/users/@me?refresh=true", By::LongAgo),
            Self::get("user-guilds", "/users/@me/guilds?refresh=true", holder(Credential::ApiToken)),
            Self::get("user-guilds", "/users/@me/guilds", By::Cara),
            Self::send(put, "user-state-put", "/users/{user_id}/state", holder(Credential::Operator))
                .with(json!({"state": "normal"})),
            Self::send(delete, "guild-authorization-delete", on_guild, By::Cara),
            Self::send(post, "app-deauthorize", "/app/deauthorize?userId={user_id}", holder(Credential::App)),
            Self::get("page-home", "/", By::Page),
            Self::get("page-sessions", "/sessions/manage", By::Page),
            Self::get("page-portal", "/portal", By::Page),
            Self::get("page-app-link", "/portal/{app_id}/link", By::Page),
            Self::get("page-authorize", &format!("{authorize}READ_PROFILE&type=user"), By::Page),
            Self::get("page-authorize", &format!("{authorize}VIEW_CASES&type=guild&guild_id={{guild_id}}"), By::Page),
            Self::get("page-guild", "/guilds/{guild_id}/manage", By::Page),
            Self::get("health", "/health?deep=true", By::Nobody),
            Self::get("route-unmatched", "/portal/", By::Page),
        ]);
        for endpoint in FUNCTIONS {
            let has_store = endpoint.needs.contains(&Need::Store) || endpoint.needs.contains(&Need::AppStore);
            let is_asked = asks.iter().any(|ask| ask.function == endpoint.name);
            assert!(is_asked || !has_store, "{} is never asked", endpoint.name);
        }
        asks
    }

    fn of(operation: &crate::openapi::Operation<'_>) -> Self {
        let by = match (operation.name(), let_in(operation).first()) {
            ("oauth2-exchange", _) => By::FrontEnd,
            (_, Some(credential)) => By::Holder(*credential),
            (_, None) => By::Nobody,
        };
        let body = operation.body().map_or(Value::Null, |(_, body)| body["example"].clone());
        Self::send(operation.method.clone(), operation.name(), &operation.address(), by).with(body)
    }

    /// Whether Discord does not answer the same a second time.
    pub(super) fn uses_discord_up(&self) -> bool {
        self.by == By::LongAgo
    }

    /// Whether it signs somebody in: they come to be by it, also after they have been deleted.
    pub(super) fn signs_in(&self) -> bool {
        matches!(self.by, By::FrontEnd | By::Browser)
    }

    /// Whether what it deletes is the session that it comes with.
    pub(super) fn is_about_itself(&self) -> bool {
        self.path == "/sessions/@me"
    }

    /// Whether its answer is the same each time.
    pub(super) fn only_reads(&self) -> bool {
        self.method == Method::GET && self.by != By::Browser
    }

    pub(super) fn is_page(&self) -> bool {
        matches!(self.by, By::Page | By::Browser)
    }

    /// Whether it makes something that one may have many of.
    pub(super) fn makes_another(&self) -> bool {
        matches!(self.function.as_str(), "session-create" | "app-create" | "oauth2-exchange" | "oauth2-callback")
    }
}

type Item = std::collections::HashMap<String, AttributeValue>;
type Place = (&'static str, BTreeMap<String, String>);

const VARIABLES: [(&str, &str); 2] = [
    ("ROOT_USERS", "1204205703024488595"),
    (
        "RATE_LIMITS",
        "sign-in=99999/3600 refused-code=99999/3600 session-create=99999/3600 guild-refresh=99999/3600 discord-ask=99999/3600 app-write=99999/3600",
    ),
];
const TABLES: [&str; 3] = ["users", "apps", "guards"];

/// Ben and Cara, with everything that the requests are about, and the way back to that.
pub(super) struct Stage<'w> {
    world: &'w World,
    cast: Cast<'w>,
    cara: String,
    engine: aws_sdk_dynamodb::Client,
    kept: Vec<(&'static str, Item)>,
    began: DateTime<Utc>,
    is_noted: bool,
}

impl<'w> Stage<'w> {
    /// Limits are counted, and wide enough for all.
    pub(super) async fn world() -> World {
        World::with(&VARIABLES).await
    }

    /// `is_noted`: whether the use of each session has been noted before, so that no request does.
    pub(super) async fn set(world: &'w World, is_noted: bool) -> Self {
        let began = world.clock.now();
        let (cast, cara) = Self::cast(world).await;
        let mut stage = Self { world, cast, cara, engine: world.dynamodb(), kept: vec![], began, is_noted };
        stage.keep().await;
        stage
    }

    async fn keep(&mut self) {
        if self.is_noted {
            let of_users = [Credential::ApiToken, Credential::Login, Credential::AppLogin, Credential::Operator];
            for token in of_users.map(|credential| self.cast.token(credential)).into_iter().chain([self.cara.as_str()])
            {
                self.world.get_with("/sessions/@me", token).await;
            }
        }
        self.kept = self.items().await;
    }

    async fn cast(world: &'w World) -> (Cast<'w>, String) {
        world.discord().rename_guild(LIGHTHOUSE, "Lighthouse".into());
        let cast = Cast::of(world).await;
        assert_eq!(world.get_with("/users/@me/guilds", cast.token(Credential::Login)).await.status, 200);
        let cara = world.sign_in(CARA).await.token;
        // Whoever fetches it from now on has something to freshen.
        world.discord().rename_guild(LIGHTHOUSE, "Lighthouse by the sea".into());
        (cast, cara)
    }

    /// Deletes the user whom a request is of, or is about, and answers who that is.
    pub(super) async fn delete_user_of(&self, ask: &Ask) -> u64 {
        let (user, token) = match ask.by {
            By::Cara => (CARA, self.cara.as_str()),
            _ => (BEN, self.cast.token(Credential::AppLogin)),
        };
        let answer = Answer::of(self.world.http.delete(self.world.url("/users/@me")).bearer_auth(token)).await;
        // The request that is held back may have deleted the session by which this is asked for.
        assert!(matches!(answer.status, 204 | 401), "{ask:?}: {}", answer.text());
        user
    }

    /// Everything as it was before the first request.
    pub(super) async fn reset(&mut self, ask: &Ask) {
        self.world.wire.heal();
        self.world.clock.set(self.began);
        if self.world.wire.calls().iter().any(|call| self.leaves_something(&call.sent)) {
            self.put_back().await;
        }
        if ask.uses_discord_up() {
            self.begin_anew().await;
        }
        if ask.by == By::LongAgo {
            self.world.pass(TimeDelta::days(8));
        }
        if ask.function == "user-guild-join" {
            self.world.discord().set_member(LIGHTHOUSE, BEN, None);
        }
        self.world.wire.forget();
    }

    /// What the next requests are about is theirs again.
    pub(super) async fn end(&mut self, ask: &Ask) {
        const ADMINISTRATOR: u64 = 1 << 3;
        match ask.function.as_str() {
            "user-guild-join" => drop(self.world.discord().set_member(LIGHTHOUSE, BEN, Some(ADMINISTRATOR))),
            // Discord has taken back what is kept here, or has given so much since that it has forgotten it.
            "user-disconnect" | "user-delete" | "oauth2-exchange" | "oauth2-callback" => self.begin_anew().await,
            _ if ask.uses_discord_up() => self.begin_anew().await,
            _ => {}
        }
    }

    pub(super) async fn begin_anew(&mut self) {
        self.kept.clear();
        self.put_back().await;
        self.world.clock.set(self.began);
        (self.cast, self.cara) = Self::cast(self.world).await;
        self.keep().await;
    }

    /// Counts and burnt codes are in nobody's way, nor are notes of use where all are noted.
    fn leaves_something(&self, call: &Prey) -> bool {
        let update = call.body["UpdateExpression"].as_str().unwrap_or_default();
        let is_note = update.starts_with("SET last_used_at") && self.is_noted;
        let counts = ["ADD hits", "ADD attempts", "DELETE attempts", "ADD refused"];
        let is_guard = call.operation == "PutItem" || counts.iter().any(|count| update.starts_with(count));
        call.is_write() && !is_note && !is_guard
    }

    /// Longer than a lease lives.
    pub(super) fn let_leases_end(&self) {
        self.world.pass(TimeDelta::seconds(21));
    }

    pub(super) async fn ask(&self, ask: &Ask) -> Answer {
        let (http, url) = (&self.world.http, self.world.url(""));
        let request = http.request(ask.method.clone(), format!("{url}{}", self.cast.filled(&ask.path)));
        let request = match ask.function.as_str() {
            "token-introspect" => request.form(&[("token", &self.cara)]),
            _ if ask.body.is_null() => request,
            _ => request.json(&ask.body),
        };
        let request = match ask.by {
            By::Nobody => request,
            By::Holder(credential) => request.bearer_auth(self.cast.token(credential)),
            By::Cara => request.bearer_auth(&self.cara),
            By::LongAgo => request.bearer_auth(self.cast.token(Credential::AppLogin)),
            By::Page => request.header("cookie", format!("__Host-guildpass={}", self.cast.token(Credential::Login))),
            By::FrontEnd => {
                let code = self.world.code(BEN, &[("redirect_uri", WEB)]).await;
                request.json(&json!({"code": code, "redirect_uri": WEB}))
            }
            By::Browser => {
                let browser = self.world.browser();
                let back = browser.back_from_discord("/", BEN).await;
                let (name, value) = browser.sign_ins().remove(0);
                http.get(format!("{url}{back}")).header("cookie", format!("{name}={value}"))
            }
        };
        let answer = Answer::of(request).await;
        self.world.note_token(&answer);
        answer
    }

    async fn items(&self) -> Vec<(&'static str, Item)> {
        let mut found = Vec::new();
        for table in TABLES {
            let scan = self.engine.scan().table_name(format!("{}{table}", self.world.tables)).consistent_read(true);
            let mut pages = scan.into_paginator().items().send();
            while let Some(item) = pages.next().await {
                found.push((table, item.unwrap()));
            }
        }
        found
    }

    async fn put_back(&self) {
        let place = |(table, item): &(&'static str, Item)| -> Place {
            let key = ["user_id", "app_id", "guard", "item"].into_iter();
            let of_this = |name: &&str| *table != "apps" || *name != "user_id";
            let key =
                key.filter(of_this).filter_map(|name| Some((name.to_owned(), item.get(name)?.as_s().ok()?.clone())));
            (table, key.collect())
        };
        let kept: BTreeMap<Place, &Item> = self.kept.iter().map(|item| (place(item), &item.1)).collect();
        let there = self.items().await;
        let there: BTreeMap<Place, &Item> = there.iter().map(|item| (place(item), &item.1)).collect();
        for (place, item) in &kept {
            if there.get(place) != Some(item) {
                let put = PutRequest::builder().set_item(Some((*item).clone())).build().unwrap();
                self.write(place.0, WriteRequest::builder().put_request(put).build()).await;
            }
        }
        for (table, key) in there.keys().filter(|place| !kept.contains_key(*place)) {
            let key = key.iter().map(|(name, value)| (name.clone(), AttributeValue::S(value.clone()))).collect();
            let delete = DeleteRequest::builder().set_key(Some(key)).build().unwrap();
            self.write(table, WriteRequest::builder().delete_request(delete).build()).await;
        }
    }

    async fn write(&self, table: &str, request: WriteRequest) {
        let table = format!("{}{table}", self.world.tables);
        self.engine.batch_write_item().request_items(table, vec![request]).send().await.unwrap();
    }

    /// What stands in the tables, without what differs each time: ids, secrets, moments; and without counters and notes of use.
    pub(super) async fn shape(&self) -> Vec<String> {
        let mut shape: Vec<_> = self.items().await.iter().filter_map(|(table, item)| shape(table, item)).collect();
        shape.sort();
        shape
    }
}

/// What is compared by its value, and not only by being there.
const BY_VALUE: [&str; 11] = [
    "user_id",
    "state",
    "verified",
    "trusted",
    "suspended",
    "private",
    "permissions",
    "granted_by",
    "username",
    "scopes",
    "type",
];
/// What may be there or not: notes of use, and how a guild looked last.
const LOOSE: [&str; 3] = ["last_used_at", "name", "icon"];

fn shape(table: &str, item: &Item) -> Option<String> {
    let kind = item.get("item").map_or("guard", |item| item.as_s().unwrap());
    let kind = kind.split_once('#').map_or(kind, |(kind, _)| kind);
    if matches!(kind, "guard" | "rate") {
        return None;
    }
    let mut attributes: Vec<_> = item
        .iter()
        .filter(|(name, _)| !LOOSE.contains(&name.as_str()))
        .map(|(name, value)| match (name.as_str(), value) {
            (name, value) if BY_VALUE.contains(&name) => format!("{name}={value:?}"),
            ("sign_outs", AttributeValue::N(times)) => format!("sign_outs={}", times != "0"),
            ("app_ids", AttributeValue::Bs(ids)) => format!("app_ids={}", ids.len()),
            (name, _) => name.to_owned(),
        })
        .collect();
    attributes.sort();
    Some(format!("{table} {kind} {}", attributes.join(" ")))
}
