//! `GET /users/@me/connections`

use local::stand_in::Route;
use serde_json::json;

use crate::world::*;

#[tokio::test]
async fn shows_the_accounts_elsewhere() {
    let world = World::new().await;
    let anna = world.sign_in_with(ANNA, "connections").await;
    let answer = anna.get("/users/@me/connections").await;
    assert_eq!(answer.status, 200);
    assert!(answer.json()["connections"].as_array().unwrap().iter().all(|connection| connection["type"].is_string()));
}

#[tokio::test]
async fn without_the_scope_the_answer_says_where_it_is_granted() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let answer = anna.get("/users/@me/connections").await;
    let url = format!("http://localhost:{}/oauth2/authorize?scope=connections", world.service.api.port());
    let message = format!("Missing Discord scopes: connections. Sign in at {url} to grant them.");
    assert_eq!(
        (answer.status, answer.code().as_str(), &answer.json()["message"]),
        (403, "MissingScope", &json!(message))
    );
    assert_eq!(world.asked(Route::Connections), 0);
}
