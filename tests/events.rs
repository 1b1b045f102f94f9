//! The events of `events/`, and stranger ones that API Gateway might hand over, at the functions themselves.

use std::collections::BTreeMap;

use lambda_http::LambdaEvent;
use local::example;
use local::functions::{EVENT_FUNCTIONS, FUNCTIONS};
use serde_json::{Value, json};
use shared::Context;
use shared::config::Variables;

use crate::audit::Folder;
use crate::world::*;

fn event(name: &str) -> Value {
    let path = format!("{}/../events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))).unwrap()
}

async fn respond(world: &World, function: &str, event: &Value) -> Value {
    let variables = Variables::from([
        ("DISCORD_CLIENT_ID", local::service::CLIENT_ID),
        ("REDIRECT_URIS", local::service::REDIRECT_URIS),
        ("SEALING_KEYS_JSON", &sealing_keys(&example::sealing_key(), &[]).to_string()),
        ("CLIENT_SECRET_JSON", r#"{"discord_client_secret": "stand-in-client-secret"}"#),
        ("BOT_TOKEN_JSON", "{}"),
        ("PERMISSIONS", local::service::PERMISSIONS),
        ("DISCORD_URL", &world.discord_url("")),
        ("ROOT_USERS", &ANNA.to_string()),
        ("JOIN_GUILDS", &LIGHTHOUSE.to_string()),
    ]);
    let endpoint = FUNCTIONS.iter().find(|endpoint| endpoint.name == function).unwrap();
    let context = Context::new(endpoint.name, endpoint.needs, &world.outside(variables)).unwrap();
    let payload = serde_json::from_str(&event.to_string()).unwrap();
    let answer = shared::http::respond(endpoint, &context, LambdaEvent { payload, context: Default::default() }).await;
    serde_json::to_value(answer.unwrap()).unwrap()
}

#[tokio::test]
async fn each_function_answers_its_event() {
    let expected: BTreeMap<String, Value> = serde_json::from_value(event("answers")).unwrap();
    assert_eq!(expected.len(), FUNCTIONS.len() + EVENT_FUNCTIONS.len(), "an event for each function");
    for endpoint in FUNCTIONS {
        let world = World::new().await;
        example::put(world.wire.engine(), &world.tables).await.unwrap();
        let answer = respond(&world, endpoint.name, &event(endpoint.name)).await;
        assert_eq!(answer["statusCode"], expected[endpoint.name], "{}: {answer}", endpoint.name);
    }
    for function in EVENT_FUNCTIONS {
        let world = World::new().await;
        example::put(world.wire.engine(), &world.tables).await.unwrap();
        let folder = Folder::of(&world);
        let variables = Variables::from([("AUDIT_FOLDER", folder.path().to_str().unwrap())]);
        let cx = Context::new(function.name, function.needs, &world.outside(variables)).unwrap();
        let mut invocation = lambda_http::Context::default();
        invocation.deadline = u64::MAX >> 1;
        let mut answer = function.respond(&cx, LambdaEvent::new(event(function.name), invocation)).await.unwrap();
        if let Some(at) = answer.get_mut("at") {
            *at = json!("2026-11-22T06:00:00Z");
        }
        assert_eq!(answer, expected[function.name], "{}", function.name);
    }
}

#[test]
fn the_events_come_with_the_example_session() {
    for name in ["session-current", "session-list", "session-create", "session-delete", "session-delete-all"] {
        assert_eq!(event(name)["headers"]["authorization"], format!("Bearer {}", example::token().reveal()), "{name}");
    }
}

#[tokio::test]
async fn the_example_is_never_put_on_another_machine() {
    for endpoint in [
        "https://dynamodb.us-east-1.amazonaws.com",
        "http://10.0.0.1:8000",
        "http://localhost.evil.example",
        "nonsense",
    ] {
        assert!(
            example::put(endpoint, "").await.unwrap_err().to_string().contains("only put on engines of this machine")
        );
    }
}

#[tokio::test]
async fn nothing_in_an_event_ends_the_instance() {
    let world = World::new().await;
    let changes = [
        ("/rawPath", json!("no slash")),
        ("/rawPath", json!("/ü /%zz/\\\"<>{}|^`")),
        ("/rawPath", json!("")),
        ("/rawPath", json!(null)),
        ("/rawQueryString", json!("a=<b> \"c\"&é=|{}#\\^`")),
        ("/rawQueryString", json!("%zz&&==&%")),
        ("/rawQueryString", json!("a".repeat(70_000))),
        ("/rawQueryString", json!(null)),
        ("/headers/host", json!("a b:99999999/<>")),
        ("/headers/x-forwarded-proto", json!("java script:")),
        ("/headers/authorization", json!("Bearer \u{80}ü")),
        ("/cookies", json!(["ü=\u{1F512}", "", ";;;", "=", "__Host-guildpass"])),
        ("/body", json!("not base64 \u{0}")),
        ("/requestContext/domainName", json!("xn--e1afmkfd.example")),
        ("/requestContext/http/method", json!("BREW")),
    ];
    for endpoint in FUNCTIONS {
        for (place, value) in &changes {
            let mut changed = event(endpoint.name);
            if let Some(old) = changed.pointer_mut(place) {
                *old = value.clone();
            } else if let (Some((parent, key)), value) = (place.rsplit_once('/'), value) {
                changed.pointer_mut(parent).unwrap()[key] = value.clone();
            }
            let answer = respond(&world, endpoint.name, &changed).await;
            let status = answer["statusCode"].as_u64().unwrap();
            assert!((200..500).contains(&status), "{} {place} {value}: {answer}", endpoint.name);
        }
    }
}

#[tokio::test]
async fn what_http_would_have_trimmed_is_refused_too() {
    let world = World::new().await;
    example::put(world.wire.engine(), &world.tables).await.unwrap();
    let token = example::token();
    for (authorization, status) in [
        (format!("Bearer {}", token.reveal()), 200),
        (format!("Bearer {} ", token.reveal()), 401),
        (format!(" Bearer {}", token.reveal()), 401),
        (format!("{} ", token.reveal()), 401),
        (format!("Bearer {0},Bearer {0}", token.reveal()), 400),
        (String::new(), 401),
    ] {
        let mut event = event("session-current");
        event["headers"]["authorization"] = json!(authorization);
        let answer = respond(&world, "session-current", &event).await;
        assert_eq!(answer["statusCode"], status, "{authorization:?}");
    }
}

#[tokio::test]
async fn a_session_cookie_of_the_events_list_is_a_credential() {
    let world = World::new().await;
    example::put(world.wire.engine(), &world.tables).await.unwrap();
    let mut event = event("session-current");
    event["headers"].as_object_mut().unwrap().remove("authorization");
    event["cookies"] = json!(["theme=dark", format!("__Host-guildpass={}", example::token().reveal())]);
    assert_eq!(respond(&world, "session-current", &event).await["statusCode"], 200);

    event["requestContext"]["http"]["method"] = json!("DELETE");
    assert_eq!(respond(&world, "session-delete-all", &event).await["statusCode"], 403);
    event["headers"]["origin"] = json!(format!("https://{}", event["requestContext"]["domainName"].as_str().unwrap()));
    assert_eq!(
        respond(&world, "session-delete-all", &event).await["statusCode"],
        204,
        "our own domain, as API Gateway was called by it"
    );
}

#[tokio::test]
async fn a_cookie_that_cannot_stand_in_a_header_takes_no_other_with_it() {
    let world = World::new().await;
    example::put(world.wire.engine(), &world.tables).await.unwrap();
    let mut event = event("session-current");
    event["headers"].as_object_mut().unwrap().remove("authorization");
    let ours = format!("__Host-guildpass={}", example::token().reveal());
    for foreign in
        ["name=Zoë", "name=\u{0}\n", "\u{7f}", "", "=", "a=b; c=\u{1F512}", "__Host-guildpassé=x", "\u{85}=\t"]
    {
        event["cookies"] = json!([foreign, ours, foreign]);
        assert_eq!(respond(&world, "session-current", &event).await["statusCode"], 200, "{foreign:?}");
    }
    event["cookies"] = json!(["__Host-guildpass=Zoë"]);
    assert_eq!(respond(&world, "session-current", &event).await["statusCode"], 401);
}

#[tokio::test]
async fn deployed_cookies_are_the_hosts_own_and_secure() {
    let world = World::new().await;
    let mut begin = event("oauth2-authorize");
    begin["rawQueryString"] = json!("return_to=%2Fportal");
    let begun = respond(&world, "oauth2-authorize", &begin).await;
    let cookie = begun["cookies"][0].as_str().unwrap();
    world.keep_secret(cookie.split(['=', ';']).nth(1).unwrap());
    assert!(cookie.starts_with("__Host-guildpass-sign-in-"), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax"), "{cookie}");

    let mut page = event("page-portal");
    page["cookies"] = json!(["guildpass=gpl_planted", "guildpass-returning=1"]);
    let answer = respond(&world, "page-portal", &page).await;
    assert_eq!(answer["statusCode"], 401, "names that any page of the domain could set are nobody's");
    page["cookies"] = json!(["__Host-guildpass-returning=1"]);
    assert_eq!(respond(&world, "page-portal", &page).await["statusCode"], 303);
}

#[tokio::test]
async fn an_answer_to_head_has_no_body() {
    let world = World::new().await;
    for function in ["health", "page-docs", "page-asset", "route-unmatched", "session-current"] {
        let mut event = event(function);
        event["requestContext"]["http"]["method"] = json!("HEAD");
        let answer = respond(&world, function, &event).await;
        assert!(answer["body"].as_str().unwrap_or_default().is_empty(), "{function}: {answer}");
        assert!(answer["headers"]["content-type"].is_string(), "{function}: {answer}");
    }
}

#[tokio::test]
async fn an_ipv6_caller_is_limited_by_the_network_they_own() {
    let world = World::new().await;
    let mut event = event("oauth2-exchange");
    let mut statuses = Vec::new();
    for host in 0..16 {
        event["requestContext"]["http"]["sourceIp"] = json!(format!("2001:db8:1:2:{host:x}::1"));
        statuses.push(respond(&world, "oauth2-exchange", &event).await["statusCode"].as_u64().unwrap());
    }
    assert_eq!((statuses.iter().filter(|status| **status == 400).count(), statuses[15]), (15, 429));
    event["requestContext"]["http"]["sourceIp"] = json!("2001:db8:1:3::1");
    assert_eq!(respond(&world, "oauth2-exchange", &event).await["statusCode"], 400);
    event["headers"]["x-forwarded-for"] = json!("203.0.113.77");
    event["requestContext"]["http"]["sourceIp"] = json!("2001:db8:1:2::9");
    assert_eq!(respond(&world, "oauth2-exchange", &event).await["statusCode"], 429, "no header says where a caller is");
}
