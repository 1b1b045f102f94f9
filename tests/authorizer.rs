//! The authorizer, called as API Gateway calls it for another service's routes.

use lambda_http::{Context as Invocation, LambdaEvent};
use local::functions::EVENT_FUNCTIONS;
use serde_json::{Value, json};
use shared::Context;
use shared::config::Variables;
use shared::event::Failure;

use crate::world::*;

async fn decide(world: &World, payload: Value) -> Result<Value, Failure> {
    let authorizer = EVENT_FUNCTIONS.iter().find(|function| function.name == "authorizer").unwrap();
    let cx = Context::new(authorizer.name, authorizer.needs, &world.outside(Variables::default())).unwrap();
    authorizer.respond(&cx, LambdaEvent::new(payload, Invocation::default())).await
}

fn event(authorization: &str) -> Value {
    json!({"version": "2.0", "type": "REQUEST", "routeKey": "GET /", "identitySource": [authorization],
        "headers": {"authorization": authorization, "host": "api.example"}, "requestContext": {"requestId": "x"}})
}

pub(crate) async fn decision(world: &World, authorization: &str) -> Value {
    decide(world, event(authorization)).await.unwrap()
}

fn denied() -> Value {
    json!({"isAuthorized": false})
}

#[tokio::test]
async fn a_session_and_an_app_pass_and_the_function_behind_learns_who_it_is() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let (token, app) = (ben.api_token(60).await, ben.register("An app").await);

    for (token, session_id, session_type) in
        [(&ben.token, &ben.session_id, "login"), (&token.token, &token.session_id, "api")]
    {
        let context =
            json!({"kind": "user", "user_id": BEN.to_string(), "session_id": session_id, "session_type": session_type});
        let expected = json!({"isAuthorized": true, "context": context});
        assert_eq!(decision(&world, token).await, expected);
        assert_eq!(decision(&world, &format!("bEARER {token}")).await, expected);
    }
    let expected = json!({"isAuthorized": true, "context": {"kind": "app", "app_id": app.id}});
    assert_eq!(decision(&world, &format!("Bearer {}", app.token)).await, expected);
}

#[tokio::test]
async fn what_has_ended_passes_no_more() {
    let world = World::new().await;
    let (anna, ben, cara) = (world.sign_in(ANNA).await, world.sign_in(BEN).await, world.sign_in(CARA).await);
    let (expired, app) = (ben.api_token(1).await, cara.register("An app").await);
    for token in [&ben.token, &expired.token, &cara.token, &app.token] {
        assert_eq!(decision(&world, token).await["isAuthorized"], true);
    }
    world.pass(chrono::TimeDelta::seconds(1));
    assert_eq!(decision(&world, &expired.token).await, denied());
    ben.delete("/sessions/@me").await;
    assert_eq!(decision(&world, &ben.token).await, denied(), "by the next request");
    assert_eq!(anna.put(&format!("/users/{CARA}/state"), json!({"state": "banned"})).await.status, 204);
    for token in [&cara.token, &app.token] {
        assert_eq!(decision(&world, token).await, denied(), "banned");
    }
    assert_eq!(anna.put(&format!("/users/{CARA}/state"), json!({"state": "normal"})).await.status, 204);
    assert_eq!(decision(&world, &app.token).await["isAuthorized"], true);
}

#[tokio::test]
async fn whatever_else_it_is_called_with_it_denies_without_asking_the_store() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let token = &ben.token;
    world.wire.forget();
    for payload in [
        json!(null),
        json!([]),
        json!("x"),
        json!(1),
        json!({}),
        json!({"headers": null}),
        json!({"headers": []}),
        json!({"headers": {"authorization": null}}),
        json!({"headers": {"authorization": 1}}),
        json!({"headers": {"authorization": [token]}}),
        json!({"headers": {"Authorization": token}, "identitySource": [token], "authorizationToken": token}),
        json!({"headers": {"cookie": format!("__Host-guildpass={token}")}, "cookies": [format!("__Host-guildpass={token}")]}),
        json!({"headers": {}, "queryStringParameters": {"token": token}, "rawQueryString": format!("authorization={token}")}),
    ] {
        assert_eq!(decide(&world, payload.clone()).await.unwrap(), denied(), "{payload}");
    }
    for authorization in [
        "",
        " ",
        "Bearer",
        "Bearer ",
        "Basic eDp5",
        "gpl_garbage",
        &format!("{token},{token}"),
        &format!("Bearer  {token}"),
        &format!("Bearer\t{token}"),
        &format!(" {token}"),
        &format!("{token} "),
        &format!("Basic {token}"),
        &token[1..],
        &ben.session_id,
        "\u{1F512}",
    ] {
        assert_eq!(decision(&world, authorization).await, denied(), "{authorization:?}");
    }
    assert!(world.wire.calls().is_empty());
}

#[tokio::test]
async fn a_fault_of_the_store_lets_nobody_pass() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let app = ben.register("An app").await;
    for token in [&ben.token, &app.token] {
        for fault in [Fault::Throttled, Fault::ServerError, Fault::Unprocessed, Fault::Denied] {
            world.wire.fail("BatchGetItem", fault, 9);
            assert!(decide(&world, event(token)).await.is_err(), "{fault:?}: API Gateway answers 500");
            world.wire.heal();
        }
        assert_eq!(decision(&world, token).await["isAuthorized"], true);
    }
}

#[tokio::test]
async fn it_asks_once_and_notes_a_use() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    world.wire.forget();
    decision(&world, &ben.token).await;
    let calls: Vec<_> = world.wire.calls().into_iter().map(|call| call.operation).collect();
    assert_eq!(calls, ["BatchGetItem", "UpdateItem"]);
    world.wire.forget();
    decision(&world, &ben.token).await;
    let units: f64 = world.wire.calls().iter().map(|call| call.units).sum();
    assert_eq!((world.wire.calls().len(), units <= 2.0), (1, true));
}
