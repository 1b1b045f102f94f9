//! What each function may do, by the template, is what it does.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use local::stand_in::{Fault as DiscordFault, RateLimitForm, Route};
use local::template::Template;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::*;

/// Function, table, action.
type Permission = (String, String, String);

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
                    }
                }
            }
        }
    }
    permissions
}

fn table(resource: &Value) -> String {
    match resource["!GetAtt"].as_str() {
        Some("UsersTable.Arn") => "users".into(),
        Some("AppsTable.Arn") => "apps".into(),
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

    sessions(&world).await;
    users(&world).await;
    operators(&world).await;

    let (used, allowed) = (permissions_used(&world.wire.calls(), &world.tables), permissions_of_the_template());
    let unused: Vec<_> = allowed.difference(&used).collect();
    assert!(unused.is_empty(), "the template allows more than is used: {unused:?}");
    assert_allowed(&world.wire.calls(), &world.tables);
}

async fn sessions(world: &World) {
    let anna = world.sign_in(ANNA).await;
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
}
