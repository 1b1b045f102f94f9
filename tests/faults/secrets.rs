//! Secrets Manager misbehaves, and what it keeps changes under instances that run.

use local::Service;
use serde_json::{Value, json};
use shared::domain::{Sealed, SealingKey, SealingKeys, Tokens, UserId};

use crate::world::*;

const OLD: &str = "a sealing key that was: 0123456789 abcdefghijklmnop";
const NEW: &str = "a sealing key that is: 0123456789 abcdefghijklmnop";

fn variables() -> Vec<(&'static str, &'static str)> {
    [&IN_SECRETS_MANAGER[..], &[("RATE_LIMITS", "off"), ("ROOT_USERS", "")]].concat()
}

/// A running service whose secret was rotated, and instances that started since.
struct Rotated {
    world: World,
    new: Service,
}

impl Rotated {
    async fn now() -> Self {
        let world = World::with(&variables()).await;
        keep_secrets(&world.wire, OLD, &[]);
        // Every instance has the old key now.
        world.sign_in(CARA).await.get("/users/@me/guilds").await;
        for path in ["/oauth2/authorize?return_to=/", "/oauth2/callback?state=a", "/app"] {
            world.get(path, &[]).await;
        }
        keep_secrets(&world.wire, NEW, &[OLD]);
        let new = Service::start(world.options(&variables())).await.unwrap();
        Self { world, new }
    }

    fn new_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.new.api)
    }

    async fn at_new(&self, path: &str, token: &str) -> Answer {
        Answer::of(self.world.http.get(self.new_url(path)).bearer_auth(token)).await
    }

    /// Signed in by a new instance.
    async fn sign_in(&self, user: u64) -> Person<'_> {
        let code = self.world.code(user, &[("redirect_uri", WEB)]).await;
        let body = json!({"code": code, "redirect_uri": WEB});
        let answer = Answer::of(self.world.http.post(self.new_url("/oauth2")).json(&body)).await;
        self.world.note_token(&answer);
        self.world.person(&answer)
    }

    /// Registered at a new instance.
    async fn register(&self, owner: &Person<'_>) -> TestApp<'_> {
        let request = self.world.http.post(self.new_url("/apps")).bearer_auth(&owner.token);
        let answer = Answer::of(request.json(&json!({"name": "An app"}))).await;
        self.world.note_token(&answer);
        let given = answer.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        TestApp { world: &self.world, id: text(&given["app"]["id"]), token: text(&given["token"]) }
    }

    /// Where a browser goes that began to sign in at a new instance, and with which cookie.
    async fn begun(&self) -> (String, String) {
        let begun = Answer::of(self.world.http.get(self.new_url("/oauth2/authorize?return_to=/"))).await;
        let cookie = begun.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        let mut page = url::Url::parse(begun.header("location").unwrap()).unwrap();
        page.query_pairs_mut().append_pair("as_user", &DAVE.to_string());
        let back = self.world.http.get(page).send().await.unwrap();
        let back = url::Url::parse(back.headers()["location"].to_str().unwrap()).unwrap();
        (format!("{}?{}", back.path(), back.query().unwrap()), cookie)
    }

    /// The old instance that gets the browser back.
    async fn come_back(&self, (path, cookie): &(String, String)) -> Answer {
        let answer = Answer::of(self.world.http.get(self.world.url(path)).header("cookie", cookie)).await;
        if let Some(cookie) = answer.header("set-cookie") {
            self.world.keep_secret(cookie.split(['=', ';']).nth(1).unwrap());
        }
        answer
    }
}

/// Whether the grant of a user opens with a key.
async fn is_sealed_with(world: &World, user: u64, key: &str) -> bool {
    let grant = world.item(user, "discord").await.unwrap();
    let sealed = Sealed::from_bytes(grant["sealed"].as_b().unwrap().as_ref().to_vec());
    let keys = SealingKeys::new(SealingKey::from_text(key).unwrap(), vec![]);
    Tokens::open(UserId::new(user), &keys, &sealed).is_ok()
}

#[tokio::test]
async fn functions_start_without_the_secret_and_go_on_when_it_comes() {
    let world = World::with(&variables()).await;
    keep_secrets(&world.wire, OLD, &[]);
    for fault in [Fault::ServerError, Fault::Denied, Fault::Reset, Fault::CutOff, Fault::Garbled] {
        world.wire.fail("GetSecretValue", fault, 100);
        let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
        let answer = world.leaves_nothing(world.exchange(json!({"code": code, "redirect_uri": WEB}))).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "Unavailable"), "{fault:?}");
        let begun = world.get("/oauth2/authorize?return_to=/", &[]).await;
        assert_eq!((begun.status, begun.header("retry-after")), (503, Some("2")), "{fault:?}");
        world.wire.heal();
    }
    assert!(world.sign_in(ANNA).await.is_signed_in().await);
    world.wire.fail("GetSecretValue", Fault::ServerError, 100);
    assert!(world.sign_in(ANNA).await.is_signed_in().await, "fetched once");
}

/// What a user asks that takes a key: the guilds of a grant, an app's token, the next page of a list.
fn asks(app: &TestApp<'_>, cursor: &str) -> [String; 3] {
    [
        "/users/@me/guilds?refresh=true".into(),
        format!("/apps/{}/token", app.id),
        format!("/guilds/{LIGHTHOUSE}/authorizations?limit=1&cursor={cursor}"),
    ]
}

/// The next page after one, of the list of two apps.
fn cursor(page: &Answer) -> String {
    assert_eq!(page.status, 200, "{}", page.text());
    page.json()["next"].as_str().unwrap().to_owned()
}

const FIRST_PAGE: &str = "/guilds/272120529715212344/authorizations?limit=1";

#[tokio::test]
async fn what_was_sealed_before_still_opens_and_the_new_key_seals() {
    let world = World::with(&variables()).await;
    keep_secrets(&world.wire, OLD, &[]);
    let anna = world.sign_in(ANNA).await;
    let (app, other) = (anna.register("An app").await, anna.register("Another").await);
    for app in [&app, &other] {
        assert_eq!(anna.authorize(app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    }
    let cursor = cursor(&anna.get(FIRST_PAGE).await);
    let browser = world.browser();
    let back = browser.back_from_discord("/", DAVE).await;
    let (name, value) = browser.sign_ins().remove(0);
    let cookie = format!("{name}={value}");

    keep_secrets(&world.wire, NEW, &[OLD]);
    let new = Service::start(world.options(&variables())).await.unwrap();
    for path in asks(&app, &cursor) {
        let answer = Answer::of(world.http.get(format!("http://{}{path}", new.api)).bearer_auth(&anna.token)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
    let answer = Answer::of(world.http.get(format!("http://{}{back}", new.api)).header("cookie", cookie)).await;
    assert_eq!(answer.status, 303);
    world.keep_secret(answer.header("set-cookie").unwrap().split(['=', ';']).nth(1).unwrap());
    assert!(is_sealed_with(&world, DAVE, NEW).await && is_sealed_with(&world, ANNA, OLD).await);
}

#[tokio::test]
async fn an_instance_of_before_opens_what_the_new_ones_seal() {
    let rotated = Rotated::now().await;
    let anna = rotated.sign_in(ANNA).await;
    let (app, other) = (rotated.register(&anna).await, rotated.register(&anna).await);
    for app in [&app, &other] {
        assert_eq!(anna.authorize(app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    }
    let cursor = cursor(&rotated.at_new(FIRST_PAGE, &anna.token).await);
    for path in asks(&app, &cursor) {
        assert_eq!(anna.get(&path).await.status, 200, "{path}");
    }
    assert_eq!(rotated.come_back(&rotated.begun().await).await.status, 303);
    assert_eq!(anna.delete("/users/@me/discord").await.status, 204);
    assert!(!rotated.world.discord().remove_application(ANNA).unwrap(), "given back, not only forgotten");

    // Whatever has learnt the new key seals with it.
    assert!(is_sealed_with(&rotated.world, DAVE, NEW).await);
}

#[tokio::test]
async fn an_instance_that_only_lacks_the_key_says_so_and_buries_nothing() {
    let rotated = Rotated::now().await;
    let world = &rotated.world;
    let anna = rotated.sign_in(ANNA).await;
    let (app, other) = (rotated.register(&anna).await, rotated.register(&anna).await);
    for app in [&app, &other] {
        let path = format!("/apps/{}/guilds/{LIGHTHOUSE}", app.id);
        let request = world.http.put(rotated.new_url(&path)).bearer_auth(&anna.token);
        assert_eq!(Answer::of(request.json(&json!({"permissions": ["VIEW_CASES"]}))).await.status, 201);
    }
    let cursor = cursor(&rotated.at_new(FIRST_PAGE, &anna.token).await);
    let begun = rotated.begun().await;
    let before = world.item(ANNA, "discord").await;

    world.wire.fail("GetSecretValue", Fault::ServerError, 1000);
    for path in asks(&app, &cursor) {
        let answer = anna.get(&path).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "Unavailable"), "{path}");
    }
    for path in ["/users/@me/discord", "/users/@me"] {
        assert_eq!(anna.delete(path).await.code(), "Unavailable", "{path}");
    }
    assert_eq!(rotated.come_back(&begun).await.status, 503);
    assert_eq!(world.item(ANNA, "discord").await, before, "neither dead nor forgotten");
    assert_eq!(rotated.at_new("/users/@me/guilds?refresh=true", &anna.token).await.status, 200);

    world.wire.heal();
    world.pass(chrono::TimeDelta::seconds(21));
    for path in asks(&app, &cursor) {
        assert_eq!(anna.get(&path).await.status, 200, "{path}");
    }
    assert_eq!(rotated.come_back(&begun).await.status, 303, "the same sign-in is still good");
}

#[tokio::test]
async fn what_no_key_opens_does_not_ask_for_the_secret_each_time() {
    let world = World::with(&variables()).await;
    keep_secrets(&world.wire, OLD, &[]);
    let anna = world.sign_in(ANNA).await;
    let forged = format!("{FIRST_PAGE}&cursor=AQ3kq0ZJ2m5xW8rT1vYb6nLc4dFh9gKs7pQe0uXa");
    assert_eq!(anna.get(&forged).await.json()["field"], "cursor");
    world.wire.fail("GetSecretValue", Fault::ServerError, 1000);
    assert_eq!(anna.get(&forged).await.json()["field"], "cursor", "it was asked for a moment ago");
    world.pass(chrono::TimeDelta::seconds(10));
    assert_eq!(anna.get(&forged).await.code(), "Unavailable", "nobody knows");
}

#[tokio::test]
async fn a_secret_that_was_spoilt_harms_nothing_that_runs() {
    let rotated = Rotated::now().await;
    let anna = rotated.sign_in(ANNA).await;
    let cara = rotated.world.sign_in(CARA).await;
    rotated.world.wire.keep_secret(SEALING_KEYS, &json!({"sealing_key": "hush: too short"}));
    assert_eq!(cara.get("/users/@me/guilds?refresh=true").await.status, 200);
    let answer = anna.get("/users/@me/guilds?refresh=true").await;
    assert_eq!((answer.status, answer.code().as_str()), (500, "InternalError"));
    assert!(!answer.body.contains("hush") && !answer.body.contains("short"), "{}", answer.body);
    assert!(Service::start(rotated.world.options(&variables())).await.is_err(), "nothing new starts with it");
}

#[tokio::test]
async fn a_client_secret_of_before_costs_no_grant() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await.api_token(30 * 86400).await;
    let wrong = json!({"discord_client_secret": "the one of before"}).to_string();
    let options = world.options(&[("CLIENT_SECRET_JSON", &wrong), ("RATE_LIMITS", "off")]);
    let others = Service::start(options).await.unwrap();
    world.pass(chrono::TimeDelta::days(8));
    let url = format!("http://{}/users/@me/guilds", others.api);
    let answer = Answer::of(world.http.get(url).bearer_auth(&anna.token)).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "DiscordUnavailable"));
    assert_eq!(anna.get("/users/@me/guilds").await.status, 200, "the right one still renews");
}
