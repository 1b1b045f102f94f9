//! Who may: every operation with every kind of credential. The document says what each takes, and nothing else decides.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use local::example;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Document, Operation};
use crate::world::*;

/// What an operation takes, as the document has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Anybody,
    /// The server of a trusted app, or anybody without a credential.
    BackEnd,
    AnySession {
        banned_too: bool,
    },
    Login,
    BrowserLogin,
    Operator,
    App,
    Trusted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Credential {
    None,
    Garbage,
    Unknown,
    UnknownApp,
    Expired,
    SignedOut,
    Banned,
    ApiToken,
    Login,
    AppLogin,
    Operator,
    OperatorsApiToken,
    App,
    TrustedApp,
    BannedApp,
}

impl Operation<'_> {
    /// Its path, with the parameters that it cannot do without.
    pub(crate) fn address(&self) -> String {
        let query = if self.name() == "app-deauthorize" { "?guildId={guild_id}" } else { "" };
        format!("{}{query}", self.path)
    }

    pub(crate) fn door(&self) -> Door {
        let schemes = self.about["security"].as_array().unwrap();
        let Some(first) = schemes.first() else { return Door::Anybody };
        match first.to_string().as_str() {
            "{}" => Door::BackEnd,
            r#"{"app":[]}"# => Door::App,
            r#"{"app":["trusted"]}"# => Door::Trusted,
            r#"{"session":[]}"# => Door::AnySession { banned_too: !self.codes().contains("ApiBanned") },
            r#"{"session":["login","app_login"]}"# => Door::Login,
            r#"{"session":["login"]}"# => Door::BrowserLogin,
            r#"{"session":["operator"]}"# => Door::Operator,
            other => panic!("{} takes {other}", self.name()),
        }
    }
}

/// How a door refuses a credential; `None` if it lets it in.
fn refusal(door: Door, credential: Credential) -> Option<(u16, &'static str)> {
    let (invalid, restricted, banned) = ((401, "InvalidToken"), (403, "Restricted"), (403, "ApiBanned"));
    match (door, credential) {
        (Door::Anybody, _) | (Door::BackEnd, Credential::None | Credential::TrustedApp) => None,
        (_, Credential::None) => Some((401, "NoAuthToken")),
        (_, Credential::Garbage) => Some(invalid),
        (Door::App | Door::BackEnd | Door::Trusted, Credential::UnknownApp) => Some(invalid),
        (Door::App, Credential::App | Credential::TrustedApp) | (Door::Trusted, Credential::TrustedApp) => None,
        (Door::App | Door::BackEnd | Door::Trusted, Credential::BannedApp) => Some(banned),
        (Door::BackEnd | Door::Trusted, Credential::App) => Some(restricted),
        // Of the wrong kind: whether it is alive is not asked.
        (Door::App | Door::BackEnd, _)
        | (_, Credential::App | Credential::TrustedApp | Credential::BannedApp | Credential::UnknownApp) => {
            Some(restricted)
        }
        (_, Credential::Unknown | Credential::Expired | Credential::SignedOut) => Some(invalid),
        (Door::AnySession { banned_too: true }, Credential::Banned) => None,
        (_, Credential::Banned) => Some(banned),
        (Door::AnySession { .. }, _) => None,
        (Door::Login, Credential::ApiToken | Credential::OperatorsApiToken) => Some(restricted),
        (Door::Login, _) => None,
        (Door::BrowserLogin, Credential::ApiToken | Credential::OperatorsApiToken | Credential::AppLogin) => {
            Some(restricted)
        }
        (Door::BrowserLogin, _) => None,
        (Door::Operator | Door::Trusted, Credential::Operator) | (Door::Trusted, Credential::OperatorsApiToken) => None,
        (Door::Operator | Door::Trusted, _) => Some(restricted),
    }
}

/// Ben, who has everything that the operations are about, and tokens of each kind.
pub(crate) struct Cast<'w> {
    world: &'w World,
    tokens: BTreeMap<Credential, String>,
    app_id: String,
    session_id: String,
}

impl<'w> Cast<'w> {
    /// Those that a door may let in.
    pub(crate) async fn of(world: &'w World) -> Self {
        let app_login = world.sign_in_to_app(BEN).await;
        let login = world.sign_in_with(BEN, "connections guilds.join").await;
        let (api, spare) = (login.api_token(2_592_000).await, login.api_token(60).await);
        let app = login.register_with(json!({"name": "Casebook", "private": true})).await;
        let (trusted, operator) = (login.register("Trusted").await, world.sign_in(GWEN).await);
        let marked = operator.put(&format!("/apps/{}/trusted", trusted.id), json!({"trusted": true})).await;
        assert_eq!(marked.status, 204);
        assert_eq!(login.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
        assert_eq!(login.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
        let tokens = BTreeMap::from([
            (Credential::ApiToken, api.token),
            (Credential::Login, login.token),
            (Credential::AppLogin, app_login.token),
            (Credential::Operator, operator.token),
            (Credential::App, app.token),
            (Credential::TrustedApp, trusted.token),
        ]);
        Self { world, tokens, app_id: app.id, session_id: spare.session_id }
    }

    /// And those that none should, or few.
    async fn and_others(world: &'w World) -> Self {
        let expired = world.sign_in(CARA).await.api_token(1).await;
        world.pass(TimeDelta::seconds(1));
        let signed_out = world.sign_in(DAVE).await;
        assert_eq!(signed_out.delete("/sessions").await.status, 204);
        let banned = world.sign_in_with(EMIL, "connections guilds.join").await;
        let banned_app = banned.register("An app").await;

        let mut cast = Self::of(world).await;
        let ban = world.http.put(world.url(&format!("/users/{EMIL}/state"))).json(&json!({"state": "banned"}));
        assert_eq!(Answer::of(ban.bearer_auth(cast.token(Credential::Operator))).await.status, 204);
        let operators_api_token = world.sign_in(GWEN).await.api_token(2_592_000).await;
        cast.tokens.extend([
            (Credential::OperatorsApiToken, operators_api_token.token),
            (Credential::None, String::new()),
            (Credential::Garbage, "gpl_garbage".into()),
            // Well-formed, and of nobody here.
            (Credential::Unknown, example::token().reveal().to_owned()),
            (Credential::UnknownApp, example::app_token().reveal().to_owned()),
            (Credential::Expired, expired.token),
            (Credential::SignedOut, signed_out.token),
            (Credential::Banned, banned.token),
            (Credential::BannedApp, banned_app.token),
        ]);
        cast
    }

    pub(crate) fn token(&self, credential: Credential) -> &str {
        &self.tokens[&credential]
    }

    /// Calls an operation with the body of its example, about what is Ben's.
    async fn call(&self, operation: &Operation<'_>, token: &str) -> Answer {
        self.call_with(operation, token, example(operation)).await
    }

    pub(super) async fn call_with(&self, operation: &Operation<'_>, token: &str, body: Option<&Value>) -> Answer {
        let request = self.request(operation, body);
        let answer = Answer::of(if token.is_empty() { request } else { request.bearer_auth(token) }).await;
        self.world.note_token(&answer);
        answer
    }

    fn request(&self, operation: &Operation<'_>, body: Option<&Value>) -> reqwest::RequestBuilder {
        let path = self.filled(&operation.address());
        let request = self.world.http.request(operation.method.clone(), self.world.url(&path));
        match (operation.body(), body) {
            (_, None) => request,
            (Some(("application/x-www-form-urlencoded", _)), Some(body)) => request.form(body),
            (_, Some(body)) => request.json(body),
        }
    }

    /// A path that is about what is Ben's.
    pub(crate) fn filled(&self, path: &str) -> String {
        path.replace("{session_id}", &self.session_id)
            .replace("{app_id}", &self.app_id)
            .replace("{guild_id}", &LIGHTHOUSE.to_string())
            .replace("{user_id}", &BEN.to_string())
    }
}

fn example<'d>(operation: &Operation<'d>) -> Option<&'d Value> {
    operation.about.pointer("/requestBody/content")?.as_object()?.values().next().map(|body| &body["example"])
}

pub(super) async fn world() -> World {
    World::with(&[("ROOT_USERS", &GWEN.to_string()), ("RATE_LIMITS", "off")]).await
}

#[tokio::test]
async fn a_door_refuses_by_the_kind_of_credential_and_by_nothing_else() {
    let (world, document) = (world().await, Document::of_this_build().closed());
    let cast = Cast::and_others(&world).await;
    for token in cast.tokens.values() {
        // Noted as used: what follows leaves nothing.
        world.get_with("/sessions/@me", token).await;
    }
    for operation in document.operations() {
        let (before, mut refused) = (world.everything().await, 0);
        for (credential, token) in &cast.tokens {
            let Some((status, code)) = refusal(operation.door(), *credential) else { continue };
            let answer = cast.call(&operation, token).await;
            let what = format!("{} with {credential:?}: {}", operation.name(), answer.text());
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{what}");
            operation.assert_answers(&answer);
            refused += 1;
        }
        assert!(refused >= 6 || operation.door() == Door::Anybody, "{} refuses {refused}", operation.name());
        assert_eq!(world.everything().await, before, "{} refused, and wrote something", operation.name());
    }
}

/// Whom an operation lets in of those that have what it is about.
pub(crate) fn let_in(operation: &Operation<'_>) -> Vec<Credential> {
    let door = operation.door();
    let all = match door {
        Door::Anybody | Door::BackEnd => vec![],
        Door::Operator => vec![Credential::Operator],
        Door::Trusted => vec![Credential::Operator, Credential::TrustedApp],
        _ => vec![Credential::ApiToken, Credential::Login, Credential::AppLogin, Credential::App],
    };
    all.into_iter().filter(|credential| refusal(door, *credential).is_none()).collect()
}

async fn assert_let_in(cast: &Cast<'_>, operation: &Operation<'_>, credential: Credential) {
    let answer = cast.call(operation, cast.token(credential)).await;
    let what = format!("{} with {credential:?}: {}", operation.name(), answer.text());
    assert!((200..300).contains(&answer.status), "{what}");
    operation.assert_answers(&answer);
}

#[tokio::test]
async fn a_door_lets_everybody_else_in_who_reads() {
    let (world, document) = (world().await, Document::of_this_build().closed());
    let cast = Cast::of(&world).await;
    for operation in document.operations().iter().filter(|operation| operation.method == Method::GET) {
        for credential in let_in(operation) {
            assert_let_in(&cast, operation, credential).await;
        }
    }
}

#[tokio::test]
async fn a_door_lets_everybody_else_in_who_writes() {
    let document = Document::of_this_build().closed();
    for operation in document.operations().iter().filter(|operation| operation.method != Method::GET) {
        for credential in let_in(operation) {
            let world = world().await;
            assert_let_in(&Cast::of(&world).await, operation, credential).await;
        }
    }
}

#[tokio::test]
async fn a_banned_user_gets_through_the_doors_that_say_so() {
    let document = Document::of_this_build().closed();
    let open = document.operations().into_iter().filter(|operation| {
        operation.door() != Door::Anybody && refusal(operation.door(), Credential::Banned).is_none()
    });
    let mut through = BTreeMap::new();
    for operation in open {
        let world = world().await;
        let cast = Cast::and_others(&world).await;
        let answer = cast.call(&operation, cast.token(Credential::Banned)).await;
        operation.assert_answers(&answer);
        through.insert(operation.name().to_owned(), answer.status);
    }
    let expected =
        [("session-current", 200), ("session-delete", 404), ("session-delete-all", 204), ("session-list", 200)];
    assert_eq!(through, expected.map(|(name, status)| (name.to_owned(), status)).into());
}

#[tokio::test]
async fn who_asks_for_nothing_is_asked_for_nothing() {
    let (world, document) = (world().await, Document::of_this_build().closed());
    let cast = Cast::and_others(&world).await;
    let open = document.operations().into_iter().filter(|operation| operation.door() == Door::Anybody);
    for operation in open {
        let without = cast.call(&operation, "").await;
        for (credential, token) in &cast.tokens {
            let answer = cast.call(&operation, token).await;
            let what = format!("{} with {credential:?}", operation.name());
            assert_eq!((answer.status, answer.code()), (without.status, without.code()), "{what}");
            operation.assert_answers(&answer);
        }
    }
}

/// Fay is in no guild.
#[tokio::test]
async fn another_user_learns_nothing_of_what_is_not_theirs() {
    let (world, document) = (world().await, Document::of_this_build().closed());
    let cast = Cast::of(&world).await;
    let before = [cast.token(Credential::Login), cast.token(Credential::ApiToken)];
    for operation in document.operations() {
        if matches!(operation.door(), Door::Anybody | Door::BackEnd | Door::App | Door::Operator | Door::Trusted) {
            continue;
        }
        let fay = world.sign_in_with(FAY, "connections guilds.join").await;
        fay.get("/sessions/@me").await;
        let is_about_bens = operation.path.contains('{') && !operation.path.starts_with("/users/@me");
        let answer = if is_about_bens {
            world.leaves_nothing(cast.call(&operation, &fay.token)).await
        } else {
            cast.call(&operation, &fay.token).await
        };
        let what = format!("{}: {}", operation.name(), answer.text());
        assert_eq!(answer.status == 404, is_about_bens, "{what}");
        assert!(answer.status == 404 || answer.status < 300, "{what}");
        assert!(!answer.body.contains(&BEN.to_string()), "{what}");
        operation.assert_answers(&answer);
    }
    for token in before {
        assert_eq!(world.get_with("/sessions/@me", token).await.status, 200);
    }
    assert_eq!(world.get_with("/app", cast.token(Credential::App)).await.status, 200);
}

#[tokio::test]
async fn a_cookie_changes_something_from_our_own_pages_alone() {
    let (world, document) = (world().await, Document::of_this_build().closed());
    let cast = Cast::of(&world).await;
    let token = cast.token(Credential::Login);
    world.get_with("/sessions/@me", token).await;
    for operation in document.operations() {
        let changes = operation.method != Method::GET && !matches!(operation.door(), Door::Anybody | Door::BackEnd);
        assert_eq!(operation.codes().contains("CrossOrigin"), changes, "{}", operation.name());
        if !changes {
            continue;
        }
        for origin in [None, Some("https://evil.example"), Some("null")] {
            let request = cast.request(&operation, example(&operation));
            let request = request.header("cookie", format!("__Host-guildpass={token}"));
            let request = if let Some(origin) = origin { request.header("origin", origin) } else { request };
            let answer = world.leaves_nothing(Answer::of(request)).await;
            assert_eq!((answer.status, answer.code().as_str()), (403, "CrossOrigin"), "{}", operation.name());
            operation.assert_answers(&answer);
        }
    }
}
