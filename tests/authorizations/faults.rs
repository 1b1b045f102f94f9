//! DynamoDB misbehaves under a decision: it ends in 503, never in a yes that is none; and a lost answer in no false no.

use reqwest::Method;
use serde_json::json;

use super::*;

async fn send(world: &World, token: &str, (method, path, body): &(Method, String, Value)) -> Answer {
    let request = world.http.request(method.clone(), world.url(path)).bearer_auth(token);
    Answer::of(if body.is_null() { request } else { request.json(body) }).await
}

/// Everything there is to ask about one app's authorizations by Anna.
fn by_a_user(app: &TestApp<'_>) -> [(Method, String, Value); 7] {
    let (guild, me, of_guild) = (on_guild(app, LIGHTHOUSE), for_me(app), of_guild(LIGHTHOUSE));
    [
        (Method::PUT, guild.clone(), json!({"permissions": ["MANAGE_CASES"]})),
        (Method::DELETE, guild, json!(null)),
        (Method::GET, of_guild.clone(), json!(null)),
        (Method::DELETE, of_guild, json!(null)),
        (Method::PUT, me.clone(), json!({"permissions": ["READ_OWN_CASES"]})),
        (Method::DELETE, me, json!(null)),
        (Method::GET, "/users/@me/authorizations".to_owned(), json!(null)),
    ]
}

/// And by the app itself.
fn by_the_app() -> [(Method, String, Value); 5] {
    [
        (Method::GET, "/app".to_owned(), json!(null)),
        (Method::GET, format!("/app/guilds/{LIGHTHOUSE}"), json!(null)),
        (Method::GET, format!("/app/users/{ANNA}"), json!(null)),
        (Method::POST, format!("/app/deauthorize?guildId={LIGHTHOUSE}"), json!(null)),
        (Method::POST, format!("/app/deauthorize?userId={ANNA}"), json!(null)),
    ]
}

async fn authorized(anna: &Person<'_>, app: &TestApp<'_>) {
    assert!(matches!(anna.authorize(app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 200 | 201));
    assert!(matches!(anna.authorize_for_me(app, &["READ_PROFILE"]).await.status, 200 | 201));
}

#[tokio::test]
async fn nothing_is_answered_or_done_that_could_not_be_read_or_written() {
    let world = World::new().await;
    let (anna, app) = (settled(&world, ANNA).await, daves_app(&world, "An app").await);
    authorized(&anna, &app).await;
    for fault in [Fault::ServerError, Fault::Throttled, Fault::Denied, Fault::Unprocessed] {
        let requests = by_a_user(&app).map(|request| (&anna.token, request));
        for (token, request) in requests.into_iter().chain(by_the_app().map(|request| (&app.token, request))) {
            // The credential's read is everybody's first call; this is the one that decides.
            let last = match (&request.0, request.1.as_str()) {
                (&Method::GET, path) if path.starts_with("/app/") => "BatchGetItem",
                (&Method::GET, _) => "Query",
                (_, path) if path.starts_with("/guilds/") => "BatchWriteItem",
                _ => "TransactWriteItems",
            };
            for operation in std::collections::BTreeSet::from(["BatchGetItem", last]) {
                if fault == Fault::Unprocessed && operation != "BatchGetItem" {
                    continue;
                }
                world.wire.fail(operation, fault, 100);
                let answer = world.leaves_nothing(send(&world, token, &request)).await;
                let shown = format!("{request:?} {operation} {fault:?}: {}", answer.text());
                assert_eq!((answer.status, answer.code().as_str()), (503, "Unavailable"), "{shown}");
                world.wire.heal();
            }
        }
    }
    assert_eq!(
        (app.may(LIGHTHOUSE).await, app.may_for(ANNA).await),
        (vec!["VIEW_CASES".into()], vec!["READ_PROFILE".into()])
    );
}

#[tokio::test]
async fn a_second_read_that_fails_is_no_weaker_check() {
    let world = World::new().await;
    let (anna, app) = (settled(&world, ANNA).await, daves_app(&world, "An app").await);
    authorized(&anna, &app).await;
    let takes_back = [on_guild(&app, LIGHTHOUSE), for_me(&app)];
    let requests = by_a_user(&app);
    for request in requests.iter().filter(|request| request.0 != Method::DELETE || !takes_back.contains(&request.1)) {
        // The credential's read passes, and the next one fails.
        let first = world.wire.hold("BatchGetItem");
        let answer = world.leaves_nothing(async {
            let meanwhile = async {
                first.arrived().await;
                let second = world.wire.hold("BatchGetItem");
                drop(first);
                second.arrived().await;
                world.wire.fail("BatchGetItem", Fault::ServerError, 100);
            };
            tokio::join!(send(&world, &anna.token, request), meanwhile).0
        });
        assert_eq!(answer.await.code(), "Unavailable", "{request:?}");
        world.wire.heal();
    }
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_answered_as_it_was() {
    let world = World::new().await;
    let (anna, cara) = (world.sign_in(ANNA).await, world.sign_in(CARA).await);
    let app = daves_app(&world, "An app").await;
    let lost = |operation| world.wire.fail(operation, Fault::AppliedAndLost, 1);
    lost("TransactWriteItems");
    assert_eq!(anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    lost("TransactWriteItems");
    assert_eq!(anna.authorize(&app, LIGHTHOUSE, &["MANAGE_CASES"]).await.status, 200);
    assert_eq!(app.may(LIGHTHOUSE).await, ["MANAGE_CASES"]);
    lost("TransactWriteItems");
    assert_eq!(anna.deauthorize(&app, LIGHTHOUSE).await.status, 204, "by the granter");
    anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await;
    lost("TransactWriteItems");
    assert_eq!(cara.deauthorize(&app, LIGHTHOUSE).await.status, 204, "by another admin");
    lost("TransactWriteItems");
    assert_eq!(anna.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
    lost("TransactWriteItems");
    assert_eq!(anna.delete(&for_me(&app)).await.status, 204);
    anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await;
    lost("BatchWriteItem");
    assert_eq!(anna.delete(&of_guild(LIGHTHOUSE)).await.status, 204);
    assert!(app.may(LIGHTHOUSE).await.is_empty() && app.may_for(ANNA).await.is_empty());
}

#[tokio::test]
async fn a_clearing_that_is_done_in_part_goes_on() {
    let world = World::new().await;
    let (anna, app) = (settled(&world, ANNA).await, daves_app(&world, "An app").await);
    authorized(&anna, &app).await;
    world.wire.fail("BatchWriteItem", Fault::Unprocessed, 2);
    assert_eq!(anna.delete(&of_guild(LIGHTHOUSE)).await.status, 204);
    assert!(app.may(LIGHTHOUSE).await.is_empty());

    authorized(&anna, &app).await;
    world.wire.fail("BatchWriteItem", Fault::Unprocessed, 100);
    assert_eq!(world.leaves_nothing(anna.delete(&of_guild(LIGHTHOUSE))).await.code(), "Unavailable");
    world.wire.heal();
    assert_eq!(anna.delete(&of_guild(LIGHTHOUSE)).await.status, 204, "again makes it whole");
    assert!(app.may(LIGHTHOUSE).await.is_empty());
}
