//! What each function may do, by the template, is what it does.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use local::functions::{EVENT_FUNCTIONS, FUNCTIONS};
use local::stand_in::{Fault as DiscordFault, RateLimitForm, Route};
use local::template::Template;
use reqwest::Method;
use serde_json::{Value, json};
use shared::Context;
use shared::config::Variables;
use shared::context::{Clock, ContextError, Need};

use crate::world::*;

/// Function, table, action.
type Permission = (String, String, String);

const GET_SECRET: &str = "secretsmanager:GetSecretValue";
const PUT_OBJECT: &str = "s3:PutObject";

fn permissions_of_the_template() -> BTreeSet<Permission> {
    let template = Template::of_this_build().unwrap();
    let mut permissions = BTreeSet::new();
    for (function, resource) in template.functions().unwrap() {
        for policy in resource["Properties"]["Policies"].as_array().into_iter().flatten() {
            for statement in policy["Statement"].as_array().unwrap() {
                assert_eq!(statement["Effect"], "Allow");
                for action in statement["Action"].as_array().unwrap() {
                    let action = action.as_str().unwrap();
                    assert!(!action.contains('*'), "{function} may do {action}");
                    if let Some(action) = action.strip_prefix("dynamodb:") {
                        permissions.insert((function.to_owned(), table(&statement["Resource"]), action.to_owned()));
                    } else {
                        let is_compared = [json!([GET_SECRET]), json!([PUT_OBJECT])].contains(&statement["Action"]);
                        assert!(is_compared, "nothing compares that {function} may do {action}");
                    }
                }
            }
        }
    }
    permissions
}

fn table(resource: &Value) -> String {
    match resource["!GetAtt"].as_str().or(resource["!Sub"].as_str()) {
        Some("UsersTable.Arn") => "users".into(),
        Some("AppsTable.Arn") => "apps".into(),
        Some("${AppsTable.Arn}/index/by-guild") => "apps/index/by-guild".into(),
        Some("GuardsTable.Arn") => "guards".into(),
        _ => panic!("a policy for {resource}"),
    }
}

fn permissions_used(calls: &[Call], prefix: &str) -> BTreeSet<Permission> {
    let used = calls.iter().flat_map(|call| call.actions.iter().map(|action| (call.function.clone(), action)));
    used.map(|(function, (table, action))| (function, table.strip_prefix(prefix).unwrap().to_owned(), action.clone()))
        .collect()
}

/// Called at the end of every test: nothing that the whole suite makes a function do is forbidden to it.
pub(crate) fn assert_allowed(calls: &[Call], prefix: &str) {
    let (used, allowed) = (permissions_used(calls, prefix), permissions_of_the_template());
    let missing: Vec<_> = used.difference(&allowed).collect();
    assert!(missing.is_empty(), "the template does not allow {missing:?}");
}

#[tokio::test]
async fn the_template_allows_each_function_exactly_what_it_does() {
    let world = World::with(&[("ROOT_USERS", &ANNA.to_string()), ("RATE_LIMITS", "discord-refusals=1000/10")]).await;

    limited_sign_ins(&world).await;
    sessions(&world).await;
    users(&world).await;
    operators(&world).await;
    pages(&world).await;
    apps(&world).await;
    authorizations(&world).await;
    others(&world).await;
    audit(&world).await;
    deletions(&world).await;

    let (used, allowed) = (permissions_used(&world.wire.calls(), &world.tables), permissions_of_the_template());
    let unused: Vec<_> = allowed.difference(&used).collect();
    assert!(unused.is_empty(), "the template allows more than is used: {unused:?}");
    assert_allowed(&world.wire.calls(), &world.tables);
}

/// Function, and what its policy lets it do an action with that has a statement of its own.
fn resources_for(action: &str) -> BTreeMap<String, Vec<&'static Value>> {
    let template = Template::of_this_build().unwrap();
    let functions = template.functions().unwrap().into_iter();
    functions
        .map(|(function, resource)| {
            let policies = resource["Properties"]["Policies"].as_array().into_iter().flatten();
            let statements = policies.flat_map(|policy| policy["Statement"].as_array().unwrap());
            let of_action = statements.filter(|statement| statement["Action"] == json!([action]));
            (function.to_owned(), of_action.map(|statement| &statement["Resource"]).collect())
        })
        .collect()
}

/// Function, and the secrets that its policy lets it read.
fn secrets_of_the_template() -> BTreeMap<String, BTreeSet<String>> {
    let readable = resources_for(GET_SECRET).into_iter();
    readable
        .map(|(function, resources)| {
            let secrets = resources.into_iter().flat_map(|resource| resource.as_array().unwrap());
            (function, secrets.map(|secret| arn(secret["!Ref"].as_str().unwrap()).to_owned()).collect())
        })
        .collect()
}

/// Function, and the objects that its policy lets it put.
fn objects_of_the_template() -> BTreeSet<(String, String)> {
    let writable = resources_for(PUT_OBJECT).into_iter();
    let all = writable.flat_map(|(function, resources)| {
        resources.into_iter().map(move |resource| (function.clone(), resource["!Sub"].as_str().unwrap().to_owned()))
    });
    all.collect()
}

#[tokio::test]
async fn the_audit_puts_objects_exactly_where_its_policy_lets_it() {
    let world = World::new().await;
    world.sign_in(ANNA).await;
    crate::audit::audit_by(&crate::audit::context_with(&world, ("AUDIT_BUCKET", "audits"))).await;
    let put = world.wire.take_put_objects();
    let resource = |path: &String| {
        let folder = path.strip_prefix("/audits/").unwrap().split('/').next().unwrap();
        ("session-audit".to_owned(), format!("${{AuditBucket.Arn}}/{folder}/*"))
    };
    assert_eq!(put.iter().map(resource).collect::<BTreeSet<_>>(), objects_of_the_template());
}

fn arn(resource: &str) -> &'static str {
    match resource {
        "SealingKeys" => SEALING_KEYS,
        "ClientSecret" => CLIENT_SECRET,
        "BotToken" => BOT_TOKEN,
        _ => panic!("a policy for {resource}"),
    }
}

#[tokio::test]
async fn each_function_reads_exactly_the_secrets_that_its_policy_names() {
    let world = World::with(&IN_SECRETS_MANAGER).await;
    keep_secrets(&world.wire, SEALING_KEY, &[]);
    let folder = crate::audit::Folder::of(&world);
    let mut variables = Variables::from(IN_SECRETS_MANAGER);
    for (name, value) in [
        ("AUDIT_FOLDER", folder.path().to_str().unwrap()),
        ("DISCORD_CLIENT_ID", local::service::CLIENT_ID),
        ("REDIRECT_URIS", local::service::REDIRECT_URIS),
        ("PERMISSIONS", local::service::PERMISSIONS),
    ] {
        variables.set(name, value);
    }
    let endpoints = FUNCTIONS.iter().map(|endpoint| (endpoint.name, endpoint.needs));
    let all = endpoints.chain(EVENT_FUNCTIONS.iter().map(|function| (function.name, function.needs)));
    let mut read = BTreeMap::new();
    for (name, needs) in all {
        world.wire.take_fetched_secrets();
        let context = Context::new(name, needs, &world.outside(variables.clone())).unwrap();
        context.warm_up().await.unwrap();
        read.insert(name.to_owned(), world.wire.take_fetched_secrets());
    }
    assert_eq!(read, secrets_of_the_template());
    let readers = |secret: &str| -> Vec<&str> {
        let readers = read.iter().filter(|(_, secrets)| secrets.contains(secret));
        readers.map(|(function, _)| function.as_str()).collect()
    };
    assert_eq!(readers(BOT_TOKEN), ["user-guild-join"]);
    for function in readers(CLIENT_SECRET) {
        let endpoint = FUNCTIONS.iter().find(|endpoint| endpoint.name == function).unwrap();
        assert!(endpoint.needs.contains(&Need::Discord), "{function} asks Discord nothing");
    }
}

#[tokio::test]
async fn function_with_sealing_keys_alone_reaches_no_other_secret() {
    let world = World::new().await;
    let variables = Variables::from([
        ("SEALING_KEYS_JSON", &*sealing_keys(SEALING_KEY, &[]).to_string()),
        ("CLIENT_SECRET_JSON", r#"{"discord_client_secret": "hush"}"#),
        ("BOT_TOKEN_JSON", r#"{"discord_bot_token": "hush"}"#),
        ("DISCORD_CLIENT_ID", local::service::CLIENT_ID),
    ]);
    let needs = [Need::Discord, Need::SealingKeys];
    let context = Context::new("app-create", &needs, &world.outside(variables)).unwrap();
    assert!(context.sealing_keys().await.is_ok());
    let refused = context.discord_for(None).await.unwrap_err();
    assert!(
        shared::domain::error_chain(&refused).contains("ClientSecret"),
        "{}",
        shared::domain::error_chain(&refused)
    );
    assert!(matches!(context.bot_token().await, Err(ContextError::NotNamed(_, Need::BotToken))));
}

/// A code that Discord has not seen is given back, of a front end and of a browser.
async fn limited_sign_ins(world: &World) {
    let limited = || DiscordFault::RateLimited { form: RateLimitForm::Json, retry_after: Some(1), global: false };
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    let browser = world.browser();
    let back = browser.back_from_discord("/", ANNA).await;
    world.discord_fails(Route::Token, limited());
    assert_eq!(world.exchange(json!({"code": code, "redirect_uri": WEB})).await.status, 503);
    assert_eq!(browser.get(&back).await.status, 503);
    world.discord().faults().clear();
}

async fn sessions(world: &World) {
    let anna = world.sign_in(ANNA).await;
    let server = anna.register("A server").await;
    world.trust(&server).await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    let given = world.exchange_by(&server, json!({"code": code, "redirect_uri": WEB})).await;
    assert_eq!(given.status, 200, "{}", given.text());
    let token = anna.api_token(3600).await;
    world.pass(TimeDelta::minutes(6));
    token.get("/sessions/@me").await;
    world.pass(TimeDelta::minutes(6));
    token.get("/sessions").await;
    world.pass(TimeDelta::minutes(6));
    token.post("/sessions", json!({"name": "successor", "type": "api", "expiry": 60})).await;
    world.pass(TimeDelta::minutes(6));
    token.delete("/sessions/@me").await;
    world.pass(TimeDelta::minutes(6));
    // Each way of signing in deletes the oldest sign-ins.
    world.put_sessions(&anna, world.clock.now() - TimeDelta::minutes(50), 250, |_| {}).await;
    world.browser_of(ANNA).await;
    world.sign_in(ANNA).await;
    assert_eq!(anna.delete("/sessions").await.status, 204);
}

/// Each asks Discord and is limited, and asks again when it is not.
async fn users(world: &World) {
    let fay = world.sign_in_with(FAY, "connections guilds.join").await;
    let join = format!("/users/@me/guilds/{LIGHTHOUSE}");
    for (route, method, path) in [
        (Route::Identify, "GET", "/users/@me?refresh=true"),
        (Route::Guilds, "GET", "/users/@me/guilds"),
        (Route::Connections, "GET", "/users/@me/connections"),
        (Route::Join, "PUT", join.as_str()),
        (Route::Revoke, "DELETE", "/users/@me/discord"),
        (Route::Revoke, "DELETE", "/users/@me"),
    ] {
        world.sign_in_with(FAY, "connections guilds.join").await;
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let ask = || Answer::of(world.http.request(method.clone(), world.url(path)).bearer_auth(&fay.token));
        world.discord_fails(
            route,
            DiscordFault::RateLimited { form: RateLimitForm::Json, retry_after: Some(1), global: false },
        );
        let first = ask().await.status;
        world.discord().faults().clear();
        world.pass(TimeDelta::minutes(5) + TimeDelta::seconds(30));
        assert!(matches!((first, ask().await.status), (503 | 204, 200 | 201 | 204 | 401)), "{path}");
    }
    // The last of them deleted Fay while Discord was limiting us.
    assert_eq!(world.sign_in(DAVE).await.delete("/users/@me").await.status, 204);
}

async fn operators(world: &World) {
    let anna = world.sign_in(ANNA).await;
    assert_eq!(anna.put(&format!("/users/{BEN}/state"), json!({"state": "banned"})).await.status, 204);
    world.pass(TimeDelta::minutes(6));
    assert_eq!(anna.delete(&format!("/users/{BEN}/sessions")).await.status, 204);
    assert_eq!(anna.put(&format!("/users/{BEN}/state"), json!({"state": "normal"})).await.status, 204);
}

/// Each by a session that was not seen for a while, on the day that Discord limits us once.
async fn pages(world: &World) {
    let browser = world.browser_of(GWEN).await;
    let app = world.sign_in(GWEN).await.register("An app").await;
    let authorize = format!("/authorize?app_id={}&type=guild&permissions=VIEW_CASES&guild_id={HARBOUR}", app.id);
    for path in ["/", "/sessions/manage", "/portal", &format!("/portal/{}/link", app.id)] {
        world.pass(TimeDelta::minutes(6));
        assert_eq!(browser.get(path).await.status, 200, "{path}");
    }
    let gwen = world.sign_in(GWEN).await;
    assert_eq!(gwen.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
    for (path, name) in [("/".into(), "Port"), (authorize, "Haven"), (format!("/guilds/{HARBOUR}/manage"), "Harbour")] {
        assert!(matches!(gwen.authorize(&app, HARBOUR, &["VIEW_CASES"]).await.status, 200 | 201));
        world.pass(TimeDelta::minutes(6));
        let browser = world.browser_of(GWEN).await;
        // Whoever comes by a link first has no kept list.
        world.forget_item(GWEN, "guilds").await;
        let limited = DiscordFault::RateLimited { form: RateLimitForm::Json, retry_after: Some(1), global: false };
        world.discord_fails(Route::Guilds, limited);
        assert!(matches!(browser.get(&path).await.status, 200 | 503), "{path}");
        world.discord().faults().clear();
        world.pass(TimeDelta::minutes(6));
        assert!(world.discord().rename_guild(HARBOUR, name.into()));
        assert_eq!(browser.get(&path).await.status, 200, "{path}");
    }
}

/// Each by a session that was not seen for a while.
async fn apps(world: &World) {
    let gwen = world.sign_in_to_app(GWEN).await;
    let app = gwen.register("An app").await;
    let path = format!("/apps/{}", app.id);
    for (method, path, body) in [
        ("POST", "/apps".to_owned(), json!({"name": "Another"})),
        ("GET", "/apps".to_owned(), json!(null)),
        ("GET", path.clone(), json!(null)),
        ("PATCH", path.clone(), json!({"name": "Renamed"})),
        ("POST", format!("{path}/token"), json!(null)),
    ] {
        world.pass(TimeDelta::minutes(6));
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = world.http.request(method, world.url(&path)).bearer_auth(&gwen.token);
        let answer = Answer::of(if body.is_null() { request } else { request.json(&body) }).await;
        assert!(matches!(answer.status, 200 | 201), "{path}: {}", answer.text());
        world.note_token(&answer);
    }
    let gwen = world.sign_in(GWEN).await;
    assert_eq!(gwen.get(&format!("{path}/token")).await.status, 200);
    let anna = world.sign_in(ANNA).await;
    assert_eq!(anna.put(&format!("{path}/verified"), json!({"verified": true})).await.status, 204);
    world.pass(TimeDelta::minutes(6));
    world.trust(&app).await;
    let old = world.sign_in(ANNA).await;
    world.pass(TimeDelta::minutes(6));
    assert_eq!(old.get(&path).await.status, 200);
    assert_eq!(old.put(&format!("{path}/verified"), json!({"verified": true})).await.status, 204);
    world.pass(TimeDelta::minutes(6));
    assert_eq!(old.put(&format!("{path}/trusted"), json!({"trusted": true})).await.status, 204);
    assert_eq!(anna.put(&format!("/users/{GWEN}/state"), json!({"state": "banned"})).await.status, 204);
    assert_eq!(anna.put(&format!("/users/{GWEN}/state"), json!({"state": "normal"})).await.status, 204);
}

/// Discord limits us on the way of each that asks it, and a guild is renamed under it.
async fn authorizations(world: &World) {
    let (ben, anna) = (world.sign_in(BEN).await, world.sign_in(ANNA).await);
    let app = ben.register("An app").await;
    let (on_guild, list) =
        (format!("/apps/{}/guilds/{LIGHTHOUSE}", app.id), format!("/guilds/{LIGHTHOUSE}/authorizations"));
    let permissions = json!({"permissions": ["VIEW_CASES"]});
    for (person, method, path, body) in [
        (&ben, "PUT", &on_guild, &permissions),
        (&anna, "GET", &list, &json!(null)),
        (&anna, "DELETE", &on_guild, &json!(null)),
        (&anna, "DELETE", &list, &json!(null)),
    ] {
        assert!(matches!(ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 200 | 201));
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let ask = || {
            let request = world.http.request(method.clone(), world.url(path)).bearer_auth(&person.token);
            Answer::of(if body.is_null() { request } else { request.json(body) })
        };
        let limited = DiscordFault::RateLimited { form: RateLimitForm::Json, retry_after: Some(1), global: false };
        world.discord_fails(Route::Guilds, limited);
        assert_eq!(ask().await.status, 503, "{method} {path}");
        world.discord().faults().clear();
        world.pass(TimeDelta::minutes(6));
        assert!(world.discord().rename_guild(LIGHTHOUSE, format!("{method} Lighthouse {}", path.len())));
        assert!(ask().await.status < 300, "{method} {path}");
    }

    assert_eq!(ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    assert!(world.discord().rename_guild(LIGHTHOUSE, "Lighthouse".into()));
    assert_eq!(ben.get("/users/@me/guilds?refresh=true").await.status, 200);
    assert_eq!(ben.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
    world.pass(TimeDelta::minutes(6));
    assert_eq!(ben.get("/users/@me/authorizations").await.status, 200);
    assert_eq!(app.get("/app").await.status, 200);
    assert_eq!((app.may(LIGHTHOUSE).await.len(), app.may_for(BEN).await.len()), (1, 1));
    assert_eq!(ben.delete(&format!("/apps/{}/users/@me", app.id)).await.status, 204);
    assert_eq!(ben.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
    assert_eq!(app.post(&format!("/app/deauthorize?userId={BEN}")).await.status, 200);
}

/// The audit of the day.
async fn audit(world: &World) {
    let folder = crate::audit::Folder::of(world);
    crate::audit::context(world, folder.path()).warm_up().await.unwrap();
    crate::audit::audit(world, &folder).await;
}

/// Other services ask about a session that has not been used for a while, and about an app.
async fn others(world: &World) {
    assert_eq!(world.get("/health?deep=true", &[]).await.status, 200);
    let browser = world.browser_of(BEN).await;
    for path in ["/login", "/oauth2/authorize?redirect_uri=x"] {
        assert!(browser.visit(path).await.body.contains("Signed in as"), "{path}");
    }
    let ben = world.sign_in(BEN).await;
    let app = ben.register("An app").await;
    for token in [&ben.token, &app.token] {
        world.pass(TimeDelta::minutes(6));
        assert_eq!(crate::authorizer::decision(world, token).await["isAuthorized"], true);
        world.pass(TimeDelta::minutes(6));
        let operator = world.sign_in(ANNA).await;
        let asked = world.http.post(world.url("/introspect")).bearer_auth(&operator.token).form(&[("token", token)]);
        assert_eq!(Answer::of(asked).await.json()["active"], true);
    }
}

/// An app goes with what it was authorized for, and so does a user.
async fn deletions(world: &World) {
    let (cara, fay) = (world.sign_in(CARA).await, world.sign_in(FAY).await);
    let app = cara.register("An app").await;
    assert_eq!(fay.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
    assert_eq!(cara.delete(&format!("/apps/{}", app.id)).await.status, 204);

    let app = cara.register("Another").await;
    assert_eq!(fay.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
    assert_eq!(fay.delete("/users/@me").await.status, 204);
    assert_eq!(cara.delete("/users/@me").await.status, 204);
}
