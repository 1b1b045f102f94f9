//! Wrong configuration stops a function before its first request, and is named.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_config::SdkConfig;
use local::engine::Engine;
use local::functions::{EVENT_FUNCTIONS, FUNCTIONS};
use local::template::Template;
use local::{Options, Service};
use serde_json::json;
use shared::Context;
use shared::config::Variables;
use shared::context::{Need, Outside, SystemClock, SystemEntropy};
use shared::discord::Timeouts;

use crate::world::*;

const GOOD: [(&str, &str); 10] = [
    ("AUDIT_BUCKET", "audits"),
    ("USERS_TABLE", "users"),
    ("APPS_TABLE", "apps"),
    ("GUARDS_TABLE", "guards"),
    ("DISCORD_CLIENT_ID", "1180000000000000000"),
    ("REDIRECT_URIS", "web=https://dash.example/callback"),
    ("PERMISSIONS", r#"[{"name": "READ", "description": "Read", "subject": "guild"}]"#),
    ("SEALING_KEYS_JSON", r#"{"sealing_key": "0123456789012345678901234567890123456789012"}"#),
    ("CLIENT_SECRET_JSON", r#"{"discord_client_secret": "s"}"#),
    ("BOT_TOKEN_JSON", "{}"),
];

fn outside(variables: Variables, aws: SdkConfig) -> Outside {
    Outside {
        variables,
        aws,
        discord_timeouts: Timeouts::default(),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy::new()),
    }
}

/// What stops a function, if anything does.
fn problem(function: &str, change: &[(&str, &str)]) -> Option<String> {
    let mut variables = Variables::from(GOOD);
    for (name, value) in change {
        variables.set(name, *value);
    }
    let aws = shared::aws::of_local_engine("http://127.0.0.1:1");
    let outside = outside(variables, aws);
    let endpoint = FUNCTIONS.iter().find(|endpoint| endpoint.name == function).unwrap();
    Context::new(endpoint.name, endpoint.needs, &outside).err().map(|error| error.to_string())
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    for (change, said) in [
        (("USERS_TABLE", ""), "USERS_TABLE is not set"),
        (("GUARDS_TABLE", " "), "GUARDS_TABLE is not set"),
        (("DISCORD_CLIENT_ID", ""), "DISCORD_CLIENT_ID is not set"),
        (("REDIRECT_URIS", ""), "REDIRECT_URIS is not set"),
        (("REDIRECT_URIS", "https://dash.example"), "REDIRECT_URIS is wrong: `https://dash.example` is not"),
        (("DISCORD_SCOPES", "bot"), "DISCORD_SCOPES may hold connections email guilds.join guilds.members.read alone"),
        (("DISCORD_URL", "discord"), "DISCORD_URL is wrong"),
        (("SEALING_KEYS_JSON", ""), "SEALING_KEYS_ARN is not set"),
        (("CLIENT_SECRET_JSON", ""), "CLIENT_SECRET_ARN is not set"),
        (("CLIENT_SECRET_ARN", "arn:aws:x"), "CLIENT_SECRET_JSON is set beside CLIENT_SECRET_ARN"),
        (("DISCORD_CLIENT_ID", "1180x"), "DISCORD_CLIENT_ID is wrong: not the id of an application"),
        (("PUBLIC_URL", "dash.example"), "PUBLIC_URL is wrong: not an origin like https://guildpass.example"),
        (("PUBLIC_URL", "https://Dash.example"), "PUBLIC_URL is wrong"),
        (("PUBLIC_URL", "https://user@dash.example"), "PUBLIC_URL is wrong"),
        (("PUBLIC_URL", "ftp://dash.example"), "PUBLIC_URL is wrong"),
        (("PUBLIC_URL", "http://dash.example"), "PUBLIC_URL is wrong: http is for localhost"),
        (
            ("REDIRECT_URIS", "app=javascript:alert(1)"),
            "REDIRECT_URIS is wrong: `app=javascript:alert(1)` has a scheme",
        ),
        (
            ("REDIRECT_URIS", "web=https://*.vercel.app/cb"),
            "REDIRECT_URIS is wrong: `web=https://*.vercel.app/cb` has a wildcard",
        ),
        (
            ("REDIRECT_URIS", "web=http://dash.example/cb"),
            "REDIRECT_URIS is wrong: `web=http://dash.example/cb` must be https",
        ),
        (("RATE_LIMITS", "sign-in"), "RATE_LIMITS is wrong: `sign-in` is not"),
        (("RATE_LIMITS", "sign-in=0/300"), "RATE_LIMITS is wrong: `0/300` is not"),
        (("RATE_LIMITS", "sing-in=1/300"), "RATE_LIMITS is wrong: there is no limit `sing-in`"),
        (("SESSIONS_VALID_AFTER", "yesterday"), "SESSIONS_VALID_AFTER is wrong"),
    ] {
        let problem = problem("oauth2-exchange", &[change]).unwrap_or_else(|| panic!("{change:?} did not stop it"));
        assert!(problem.starts_with(said), "{change:?}: {problem}");
    }
    for good in [("PUBLIC_URL", "https://dash.example/"), ("PUBLIC_URL", "http://localhost:8080")] {
        assert_eq!(problem("oauth2-exchange", &[good]), None, "{good:?}");
    }
}

#[test]
fn guild_that_users_may_be_added_to_is_an_id() {
    let listed = |guilds: &str| problem("user-guild-join", &[("JOIN_GUILDS", guilds)]);
    assert_eq!(listed("272120529715212344 973762418583175242"), None);
    assert_eq!(listed(""), None);
    for wrong in ["lighthouse", "0", "*", "272120529715212344,973762418583175242", "-1"] {
        let said = format!("JOIN_GUILDS is wrong: `{wrong}` is not the id of a guild");
        assert_eq!(listed(&format!("272120529715212344 {wrong}")), Some(said));
    }
}

#[test]
fn what_a_function_does_not_need_it_does_not_ask_for() {
    let without_secrets = [("SEALING_KEYS_JSON", ""), ("CLIENT_SECRET_JSON", ""), ("BOT_TOKEN_JSON", "")];
    let without_discord = [&[("DISCORD_CLIENT_ID", ""), ("REDIRECT_URIS", "")][..], &without_secrets].concat();
    assert_eq!(problem("session-current", &without_discord), None);
    assert_eq!(problem("app-create", &[&without_discord[..2], &without_secrets[1..]].concat()), None);
    assert_eq!(problem("oauth2-exchange", &without_secrets[2..]), None);
    let without_tables = [("USERS_TABLE", ""), ("APPS_TABLE", ""), ("GUARDS_TABLE", ""), ("PERMISSIONS", "")];
    assert_eq!(problem("page-asset", &[&without_discord[..], &without_tables].concat()), None);
    assert_eq!(problem("route-unmatched", &without_discord), None);
}

/// Whether a function can do without a variable, and a value that it cannot use.
fn spoilt(variable: &str) -> (bool, &'static str) {
    match variable {
        "USERS_TABLE" | "APPS_TABLE" | "GUARDS_TABLE" => (false, ""),
        "DISCORD_CLIENT_ID" => (false, "guildpass"),
        "REDIRECT_URIS" => (false, "everywhere"),
        "PERMISSIONS" => (false, "all"),
        "SEALING_KEYS_ARN" | "CLIENT_SECRET_ARN" | "BOT_TOKEN_ARN" => (false, "hush"),
        "DISCORD_SCOPES" => (true, "bot"),
        "PUBLIC_URL" => (true, "https://dash.example/guildpass"),
        "RATE_LIMITS" => (true, "many"),
        "ROOT_USERS" => (true, "anna"),
        "JOIN_GUILDS" => (true, "lighthouse"),
        "SESSIONS_VALID_AFTER" => (true, "yesterday"),
        "AUDIT_BUCKET" => (false, ""),
        _ => panic!("the template gives {variable}, of which nobody has said here what spoils it"),
    }
}

#[test]
fn every_function_starts_with_what_the_template_gives_it_and_stops_at_what_is_missing_or_spoilt() {
    let template = Template::of_this_build().unwrap();
    let functions: BTreeMap<_, _> = template.functions().unwrap().into_iter().collect();
    let mut stopped = 0;
    let endpoints = FUNCTIONS.iter().map(|endpoint| (endpoint.name, endpoint.needs));
    let all = endpoints.chain(EVENT_FUNCTIONS.iter().map(|function| (function.name, function.needs)));
    for (function, needs) in all {
        let variables = &functions[function]["Properties"]["Environment"]["Variables"];
        let given: Vec<_> = variables.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let start = |change: Option<(&str, &str)>| {
            let mut variables = Variables::default();
            for name in &given {
                let good = GOOD.iter().find(|(good, _)| good == name).map_or("", |(_, value)| *value);
                variables.set(name, if name.ends_with("_ARN") { "arn:aws:secretsmanager:x" } else { good });
            }
            if let Some((name, value)) = change {
                variables.set(name, value);
            }
            let aws = shared::aws::of_local_engine("http://127.0.0.1:1");
            Context::new(function, needs, &outside(variables, aws)).err().map(|error| error.to_string())
        };
        assert_eq!(start(None), None, "{function}");
        for name in &given {
            let (may_be_missing, odd) = spoilt(name);
            let missing = (!may_be_missing).then(|| format!("{name} is not set"));
            assert_eq!(start(Some((name, " "))), missing, "{function} without {name}");
            if !odd.is_empty() {
                let problem = start(Some((name, odd))).unwrap_or_default();
                assert!(problem.starts_with(*name), "{function} with {name}={odd}: {problem:?}");
                assert!(!problem.contains("hush"), "{problem}");
            }
            stopped += 1;
        }
    }
    assert!(stopped > 200, "{stopped}");
}

#[tokio::test]
async fn a_secret_that_cannot_be_used_stops_the_function() {
    let mut variables = Variables::from(GOOD);
    variables.set("CLIENT_SECRET_JSON", r#"{"discord_client_secret": ""}"#);
    let aws = shared::aws::of_local_engine("http://127.0.0.1:1");
    let outside = outside(variables, aws);
    let endpoint = oauth2_exchange();
    let context = Context::new(endpoint.name, endpoint.needs, &outside).unwrap();
    let error = context.warm_up().await.unwrap_err().to_string();
    assert_eq!(error, "CLIENT_SECRET_JSON is wrong: the secret has an empty `discord_client_secret`");
}

fn oauth2_exchange() -> &'static shared::http::Endpoint {
    FUNCTIONS.iter().find(|endpoint| endpoint.name == "oauth2-exchange").unwrap()
}

#[tokio::test]
async fn a_table_that_is_not_there_stops_the_function() {
    let world = World::new().await;
    let mut variables = Variables::from(GOOD);
    variables.set("USERS_TABLE", "no-such-table");
    variables.set("APPS_TABLE", "no-such-table");
    let aws = shared::aws::of_local_engine(world.wire.engine());
    let outside = outside(variables, aws);
    for (need, variable) in [(Need::Store, "USERS_TABLE"), (Need::AppStore, "APPS_TABLE")] {
        for endpoint in FUNCTIONS.iter().filter(|endpoint| endpoint.needs.contains(&need)) {
            let context = Context::new(endpoint.name, endpoint.needs, &outside).unwrap();
            let error = context.warm_up().await.unwrap_err().to_string();
            assert_eq!(error, format!("{variable} is wrong: there is no such table"), "{}", endpoint.name);
        }
    }
}

#[tokio::test]
async fn a_table_that_goes_away_opens_no_door() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.dynamodb().delete_table().table_name(format!("{}users", world.tables)).send().await.unwrap();
    let answer = anna.get("/sessions/@me").await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "Unavailable"));
}

#[tokio::test]
async fn a_table_without_ttl_is_not_used() {
    use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
    let world = World::new().await;
    let prefix = format!("{}other-", world.tables);
    let name = format!("{prefix}users");
    let attribute =
        AttributeDefinition::builder().attribute_name("user_id").attribute_type(ScalarAttributeType::S).build();
    let key = KeySchemaElement::builder().attribute_name("user_id").key_type(KeyType::Hash).build();
    let create = world.dynamodb().create_table().table_name(&name).billing_mode(BillingMode::PayPerRequest);
    create.attribute_definitions(attribute.unwrap()).key_schema(key.unwrap()).send().await.unwrap();

    let engine = Engine::At(world.wire.engine().to_owned());
    let options = Options { engine, table_prefix: prefix, ..world.options(&[]) };
    let error = Service::start(options).await.err().unwrap();
    assert!(
        shared::domain::error_chain(&error).contains(&format!("{name} has no TTL on expires_at")),
        "{}",
        shared::domain::error_chain(&error)
    );
}

#[tokio::test]
async fn a_secret_that_cannot_be_fetched_is_a_fault_of_those_who_need_it() {
    // The engine behind the wire knows nothing of Secrets Manager.
    let world = World::with(&[&IN_SECRETS_MANAGER[..], &[("RATE_LIMITS", "off")]].concat()).await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    let answer = world.exchange(json!({"code": code, "redirect_uri": WEB})).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "Unavailable"));
    assert_eq!(world.item(ANNA, "account").await, None);

    local::example::put(world.wire.engine(), &world.tables).await.unwrap();
    let token = local::example::token();
    assert_eq!(world.get_with("/sessions/@me", token.reveal()).await.status, 200, "the session path needs no secret");
    assert_eq!(world.get_with("/users/@me", token.reveal()).await.status, 200);
    assert_eq!(world.get_with("/users/@me/guilds", token.reveal()).await.code(), "Unavailable");
}
