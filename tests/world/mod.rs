//! A world for one test: a service, a stand-in Discord, an engine behind a wire that counts, a clock that is set by hand.

mod app;
mod browser;
mod clock;
mod fault;
mod logs;
mod person;
mod secrets;
mod stall;
mod wire;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use chrono::{DateTime, TimeDelta, Utc};
use local::engine::{self, Engine};
use local::stand_in::{Route, StandIn, Switch};
use local::{Options, Service};
use serde_json::{Value, json};
use shared::config::Variables;
use shared::context::{Clock, Outside, SystemEntropy};
use shared::discord;
use shared::domain::SessionId;

pub(crate) use app::TestApp;
pub(crate) use browser::{Browser, has_markup_in_attributes};
pub(crate) use clock::TestClock;
pub(crate) use fault::{Fault, Prey};
pub(crate) use logs::{contains_secret, logged_lines};
pub(crate) use person::{Answer, Person};
pub(crate) use secrets::*;
pub(crate) use stall::Stalls;
pub(crate) use wire::{Call, Wire};

pub(crate) use local::stand_in::world::*;

pub(crate) const WEB: &str = "http://localhost:3000/callback";
pub(crate) const APP: &str = "guildpass://callback";
/// Of RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const SEALING_KEY: &str = "a sealing key of the suite: 0123456789 abcdefghijklmnop";

pub(crate) struct World {
    pub(crate) service: Service,
    pub(crate) wire: Wire,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) http: reqwest::Client,
    pub(crate) tables: String,
    secrets: Mutex<Vec<String>>,
    /// Where its lines of the log begin.
    since: usize,
}

impl World {
    /// Without rate limits.
    pub(crate) async fn new() -> Self {
        Self::with(&[("RATE_LIMITS", "off")]).await
    }

    /// With these variables instead of the usual ones.
    pub(crate) async fn with(variables: &[(&str, &str)]) -> Self {
        Self::within(stall::DISCORD, variables).await
    }

    /// One whose functions wait for Discord no longer than they do on Lambda.
    pub(crate) async fn that_does_not_wait_for_discord() -> Self {
        Self::within(discord::Timeouts::default(), &[("RATE_LIMITS", "off")]).await
    }

    async fn within(discord_timeouts: discord::Timeouts, variables: &[(&str, &str)]) -> Self {
        let since = logs::capture();
        let engine = match engine_of_environment() {
            Some(endpoint) => endpoint,
            None => engine::start_embedded(None).await.unwrap(),
        };
        let wire = Wire::before(&engine).await;
        let clock = Arc::new(TestClock::starting_now());
        let tables = unique_prefix();
        let options = Options { discord_timeouts, ..options(&wire, &tables, &clock, variables) };
        let service = Service::start(options).await.unwrap();
        wire.forget();
        let secrets = vec![SEALING_KEY.to_owned(), local::service::CLIENT_SECRET.to_owned()];
        let http = client_of(&local::service::host(service.api));
        Self { service, wire, clock, http, tables, secrets: Mutex::new(secrets), since }
    }

    /// What starts other instances of the functions, over the same tables, Discord and clock.
    pub(crate) fn options(&self, variables: &[(&str, &str)]) -> Options {
        let discord = self.discord_url("");
        let public = format!("http://{}", local::service::host(self.service.api));
        let variables = [&[("DISCORD_URL", discord.as_str()), ("PUBLIC_URL", &public)], variables].concat();
        options(&self.wire, &self.tables, &self.clock, &variables)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.service.api)
    }

    pub(crate) fn discord(&self) -> &StandIn {
        &self.service.stand_in.as_ref().unwrap().0
    }

    pub(crate) fn discord_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.service.stand_in.as_ref().unwrap().1)
    }

    /// Signs a user in over the web redirect: a `login`.
    pub(crate) async fn sign_in(&self, user: u64) -> Person<'_> {
        let code = self.code(user, &[("redirect_uri", WEB)]).await;
        self.person(&self.exchange(json!({"code": code, "redirect_uri": WEB})).await)
    }

    /// Signs a user in who grants more than the usual scopes.
    pub(crate) async fn sign_in_with(&self, user: u64, scopes: &str) -> Person<'_> {
        let code = self.code(user, &[("redirect_uri", WEB), ("scope", scopes)]).await;
        self.person(&self.exchange(json!({"code": code, "redirect_uri": WEB})).await)
    }

    /// Signs a user in over the app's redirect: an `app_login`.
    pub(crate) async fn sign_in_to_app(&self, user: u64) -> Person<'_> {
        let query = [("redirect_uri", APP), ("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
        let code = self.code(user, &query).await;
        self.person(&self.exchange(json!({"code": code, "redirect_uri": APP, "code_verifier": VERIFIER})).await)
    }

    /// A fresh code: our own redirect to Discord, and Discord's back.
    pub(crate) async fn code(&self, user: u64, query: &[(&str, &str)]) -> String {
        self.code_with(user, query, &[]).await
    }

    /// The same, with more parameters for the stand-in.
    pub(crate) async fn code_with(&self, user: u64, query: &[(&str, &str)], more: &[(&str, &str)]) -> String {
        let answer = self.get("/oauth2/authorize", query).await;
        assert_eq!(answer.status, 302, "{}", answer.text());
        let mut page = url::Url::parse(answer.header("location").unwrap()).unwrap();
        page.query_pairs_mut().append_pair("as_user", &user.to_string()).extend_pairs(more);
        let back = self.http.get(page).send().await.unwrap();
        let back = url::Url::parse(back.headers()["location"].to_str().unwrap()).unwrap();
        let code = back.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
        self.keep_secret(&code.unwrap_or_else(|| panic!("no code: {back}")))
    }

    pub(crate) async fn exchange(&self, body: Value) -> Answer {
        let answer = Answer::of(self.http.post(self.url("/oauth2")).json(&body)).await;
        self.note_token(&answer);
        answer
    }

    /// The same, sent by an app's server.
    pub(crate) async fn exchange_by(&self, app: &TestApp<'_>, body: Value) -> Answer {
        let answer = Answer::of(self.http.post(self.url("/oauth2")).bearer_auth(&app.token).json(&body)).await;
        self.note_token(&answer);
        answer
    }

    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Answer {
        let mut url = url::Url::parse(&self.url(path)).unwrap();
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Answer::of(self.http.get(url)).await
    }

    /// With an `Authorization` header of that value.
    pub(crate) async fn get_with(&self, path: &str, authorization: &str) -> Answer {
        Answer::of(self.http.get(self.url(path)).header("authorization", authorization)).await
    }

    pub(crate) fn person(&self, signed_in: &Answer) -> Person<'_> {
        assert_eq!(signed_in.status, 200, "{}", signed_in.text());
        Person::of(self, &signed_in.json())
    }

    /// What must never show in a log.
    pub(crate) fn keep_secret(&self, secret: &str) -> String {
        self.secrets.lock().unwrap().push(secret.to_owned());
        secret.to_owned()
    }

    pub(crate) fn note_token(&self, answer: &Answer) {
        if let Some(token) = answer.json()["token"].as_str() {
            self.keep_secret(token);
        }
    }

    pub(crate) fn pass(&self, time: TimeDelta) {
        self.clock.pass(time);
    }

    /// What a function of this world is given when it is called without the gateway.
    pub(crate) fn outside(&self, variables: Variables) -> Outside {
        let mut variables = variables;
        for (name, table) in [("USERS_TABLE", "users"), ("APPS_TABLE", "apps"), ("GUARDS_TABLE", "guards")] {
            variables.set(name, format!("{}{table}", self.tables));
        }
        let time_limits = self.wire.stalls().time_limits();
        Outside {
            variables,
            aws: shared::aws::of_local_engine_within(self.wire.endpoint(), stall::PATIENCE, time_limits),
            discord_timeouts: stall::DISCORD,
            clock: self.clock.clone() as Arc<dyn Clock>,
            entropy: Arc::new(SystemEntropy::new()),
        }
    }

    /// Straight at the engine, past the wire.
    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let no_limits = Stalls::default().time_limits();
        let engine = shared::aws::of_local_engine_within(self.wire.engine(), stall::PATIENCE, no_limits);
        aws_sdk_dynamodb::Client::new(&engine)
    }

    /// Every item of all three tables: equal before and after a refusal.
    pub(crate) async fn everything(&self) -> Vec<String> {
        let mut items = Vec::new();
        for table in ["users", "apps", "guards"] {
            let name = format!("{}{table}", self.tables);
            let mut pages =
                self.dynamodb().scan().table_name(name).consistent_read(true).into_paginator().items().send();
            while let Some(item) = pages.next().await {
                let mut attributes: Vec<_> = item.unwrap().into_iter().collect();
                attributes.sort_by(|one, other| one.0.cmp(&other.0));
                items.push(format!("{table} {attributes:?}"));
            }
        }
        items.sort();
        items
    }

    /// Asserts that doing something leaves no trace.
    pub(crate) async fn leaves_nothing<T>(&self, what: impl Future<Output = T>) -> T {
        let before = self.everything().await;
        let result = what.await;
        assert_eq!(self.everything().await, before, "something was written");
        result
    }

    /// Sets attributes of an item of the users table.
    pub(crate) async fn set(&self, user: u64, item: &str, attribute: &str, value: Option<AttributeValue>) {
        let update = self.dynamodb().update_item().table_name(format!("{}users", self.tables));
        let update =
            update.key("user_id", AttributeValue::S(user.to_string())).key("item", AttributeValue::S(item.to_owned()));
        let update = update.expression_attribute_names("#a", attribute);
        match value {
            Some(value) => update.update_expression("SET #a = :v").expression_attribute_values(":v", value),
            None => update.update_expression("REMOVE #a"),
        }
        .send()
        .await
        .unwrap();
    }

    /// Takes an item straight out of the users table.
    pub(crate) async fn forget_item(&self, user: u64, item: &str) {
        let delete = self.dynamodb().delete_item().table_name(format!("{}users", self.tables));
        let delete =
            delete.key("user_id", AttributeValue::S(user.to_string())).key("item", AttributeValue::S(item.to_owned()));
        delete.send().await.unwrap();
    }

    /// Puts items straight into a table.
    pub(crate) async fn put_all(&self, table: &str, items: impl IntoIterator<Item = HashMap<String, AttributeValue>>) {
        let (table, dynamodb) = (format!("{}{table}", self.tables), self.dynamodb());
        let put =
            |item| WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(item)).build().unwrap());
        for batch in items.into_iter().map(|item| put(item).build()).collect::<Vec<_>>().chunks(25) {
            let answer = dynamodb.batch_write_item().request_items(&table, batch.to_vec()).send().await.unwrap();
            assert!(answer.unprocessed_items().is_none_or(HashMap::is_empty));
        }
    }

    /// Puts copies of a person's session into the table, a millisecond apart from `first` on, each as `change` makes it. Answers
    /// their ids, oldest first.
    pub(crate) async fn put_sessions(
        &self,
        of: &Person<'_>,
        first: DateTime<Utc>,
        count: u32,
        change: impl Fn(&mut HashMap<String, AttributeValue>),
    ) -> Vec<String> {
        let own = self.item(of.user_id.parse().unwrap(), &format!("session#{}", of.session_id)).await.unwrap();
        let id = |number: u32| {
            let random = number.to_be_bytes().repeat(3)[..10].try_into().unwrap();
            SessionId::new(first + TimeDelta::milliseconds(number.into()), random).to_string()
        };
        let ids: Vec<_> = (0..count).map(id).collect();
        let item = |id: &String| {
            let mut item = own.clone();
            item.insert("item".into(), AttributeValue::S(format!("session#{id}")));
            change(&mut item);
            item
        };
        self.put_all("users", ids.iter().map(item)).await;
        ids
    }

    /// Lets everything else go on until something holds.
    pub(crate) async fn until(&self, holds: impl Fn() -> bool) {
        let looking = async {
            while !holds() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(10), looking).await.expect("it never came to hold");
    }

    /// How often Discord was asked on a route.
    pub(crate) fn asked(&self, route: Route) -> u64 {
        self.discord().requests(route)
    }

    /// Lets the next requests on a route of Discord's misbehave, until [`Faults::clear`].
    pub(crate) fn discord_fails(&self, route: Route, fault: local::stand_in::Fault) {
        self.discord().faults().set(Switch::always(route, fault)).unwrap();
    }

    pub(crate) async fn ban(&self, user: u64) {
        self.set(user, "account", "state", Some(AttributeValue::S("banned".into()))).await;
    }

    pub(crate) async fn unban(&self, user: u64) {
        self.set(user, "account", "state", Some(AttributeValue::S("normal".into()))).await;
    }

    /// An item of the users table, as it stands there.
    pub(crate) async fn item(&self, user: u64, item: &str) -> Option<HashMap<String, AttributeValue>> {
        let get = self.dynamodb().get_item().table_name(format!("{}users", self.tables)).consistent_read(true);
        let get =
            get.key("user_id", AttributeValue::S(user.to_string())).key("item", AttributeValue::S(item.to_owned()));
        get.send().await.unwrap().item
    }
}

fn options(wire: &Wire, tables: &str, clock: &Arc<TestClock>, variables: &[(&str, &str)]) -> Options {
    Options {
        port: 0,
        discord_port: 0,
        engine: Engine::At(wire.endpoint().to_owned()),
        patience: stall::PATIENCE,
        sleep: wire.stalls().time_limits(),
        discord_timeouts: stall::DISCORD,
        table_prefix: tables.to_owned(),
        real_discord: None,
        grants_file: None,
        sealing_key: SEALING_KEY.into(),
        permissions: local::service::PERMISSIONS.into(),
        cors_origins: vec![local::service::FRONT_END.into()],
        variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        clock: clock.clone(),
        entropy: Arc::new(SystemEntropy::new()),
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        assert!(!logs::contain_any(&self.secrets.lock().unwrap(), self.since), "the log holds a secret of this test");
        crate::permissions::assert_allowed(&self.wire.calls(), &self.tables);
    }
}

/// Which calls the service by that name, whatever address it connects to.
fn client_of(host: &str) -> reqwest::Client {
    let headers = [(reqwest::header::HOST, host.parse().unwrap())];
    client_with(headers.into_iter().collect())
}

pub(crate) fn client() -> reqwest::Client {
    client_with(reqwest::header::HeaderMap::new())
}

fn client_with(headers: reqwest::header::HeaderMap) -> reqwest::Client {
    // Refused if another test was first.
    let _first = rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "a browser of the suite")]
    let builder = reqwest::Client::builder().default_headers(headers);
    // Nothing here speaks TLS, and decoding the system's roots is a tenth of a world's cost.
    builder.tls_certs_only([]).redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

pub(crate) fn engine_of_environment() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the suite's only setting")]
    std::env::var("GUILDPASS_DYNAMODB").ok()
}

/// Tests share an engine when it is not the embedded one.
fn unique_prefix() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("t{}-{}-", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}
