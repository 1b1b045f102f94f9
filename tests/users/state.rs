//! `PUT /users/{user_id}/state`, `DELETE /users/{user_id}/sessions`

use local::stand_in::Route;
use reqwest::Method;
use serde_json::json;
use shared::http::ROUTES;

use crate::world::*;

async fn world() -> World {
    let root = ANNA.to_string();
    World::with(&[("ROOT_USERS", &root), ("RATE_LIMITS", "off")]).await
}

fn state(user: u64) -> String {
    format!("/users/{user}/state")
}

#[tokio::test]
async fn a_ban_is_felt_by_the_next_request_and_lifted_by_the_next() {
    let world = world().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let token = ben.api_token(60).await;
    assert_eq!(anna.put(&state(BEN), json!({"state": "banned", "reason": " Spam "})).await.status, 204);
    for session in [&ben, &token] {
        assert_eq!(session.get("/users/@me").await.code(), "ApiBanned");
        assert_eq!(session.get("/sessions/@me").await.json()["state"], "banned");
    }
    let account = world.item(BEN, "account").await.unwrap();
    assert_eq!(
        (account["ban_reason"].as_s().unwrap().as_str(), account["banned_by"].as_s().unwrap()),
        ("Spam", &anna.user_id)
    );

    ben.delete(&format!("/sessions/{}", token.session_id)).await;
    assert_eq!(anna.put(&state(BEN), json!({"state": "normal"})).await.status, 204);
    assert_eq!(ben.get("/users/@me").await.status, 200, "old sessions are as they were");
    assert!(!token.is_signed_in().await, "and not revived");
    assert!(!world.item(BEN, "account").await.unwrap().contains_key("ban_reason"));
}

#[tokio::test]
async fn a_user_never_seen_can_be_banned_and_stays_out() {
    let world = world().await;
    let anna = world.sign_in(ANNA).await;
    assert_eq!(anna.put(&state(BEN), json!({"state": "banned"})).await.status, 204);
    let code = world.code(BEN, &[("redirect_uri", WEB)]).await;
    assert_eq!(world.exchange(json!({"code": code, "redirect_uri": WEB})).await.code(), "ApiBanned");
    assert_eq!(anna.put(&state(BEN), json!({"state": "normal"})).await.status, 204);
    assert!(world.sign_in(BEN).await.is_signed_in().await);
    assert_eq!(anna.put(&state(42), json!({"state": "normal"})).await.status, 204);
    assert_eq!(world.item(42, "account").await, None, "there was nothing to lift");
}

#[tokio::test]
async fn a_banned_user_is_turned_away_everywhere_but_at_four_doors() {
    let world = world().await;
    let (anna, app) = (world.sign_in(ANNA).await, world.sign_in_to_app(BEN).await);
    let ben = world.sign_in_with(BEN, "connections guilds.join").await;
    let token = ben.api_token(600).await;
    anna.put(&state(BEN), json!({"state": "banned"})).await;
    let asked = world.asked(Route::Guilds) + world.asked(Route::Identify) + world.asked(Route::Connections);
    for route in ROUTES.iter().filter(|route| !route.function.starts_with("oauth2-")) {
        for session in [&ben, &app, &token] {
            let path = route
                .path
                .replace("{session_id}", &app.session_id)
                .replace("{guild_id}", "1")
                .replace("{app_id}", &app.session_id)
                .replace("{user_id}", "1");
            let method = Method::from_bytes(route.method.as_bytes()).unwrap();
            let exempt =
                ["session-current", "session-list", "session-delete", "session-delete-all"].contains(&route.function);
            let is_for_all =
                ["permission-list", "health", "openapi-get", "page-docs", "page-asset"].contains(&route.function);
            if exempt || is_for_all || ["page-home", "page-sessions"].contains(&route.function) {
                continue;
            }
            if route.function.starts_with("page-") {
                let answer = session.get(&path).await;
                assert!(answer.status == 403 && answer.body.contains("You are banned"), "{path}: {}", answer.body);
                continue;
            }
            // An app's doors take no user at all.
            let code = if path == "/app" || path.starts_with("/app/") { "Restricted" } else { "ApiBanned" };
            let answer =
                Answer::of(world.http.request(method, world.url(&path)).bearer_auth(&session.token).json(&json!({})))
                    .await;
            assert_eq!((answer.status, answer.code().as_str()), (403, code), "{} {path}", route.method);
        }
    }
    assert_eq!(world.asked(Route::Guilds) + world.asked(Route::Identify) + world.asked(Route::Connections), asked);
    assert_eq!(ben.get("/sessions/@me").await.status, 200);
    assert_eq!(ben.get("/sessions").await.status, 200);
    assert_eq!(ben.delete(&format!("/sessions/{}", token.session_id)).await.status, 204);
    assert_eq!(ben.delete("/sessions").await.status, 204);
}

#[tokio::test]
async fn only_an_operator_may_and_not_to_themselves() {
    let world = world().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    for session in [&anna, &ben] {
        session.get("/sessions/@me").await;
    }
    for (person, path) in [(&ben, state(CARA)), (&ben, state(ANNA)), (&anna, state(ANNA))] {
        let answer = world.leaves_nothing(person.put(&path, json!({"state": "banned"}))).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "Restricted"), "{path}");
    }
    let answer = world.leaves_nothing(ben.delete(&format!("/users/{ANNA}/sessions"))).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "Restricted"));
    assert_eq!(Answer::of(world.http.put(world.url(&state(BEN))).json(&json!({"state": "banned"}))).await.status, 401);
}

#[tokio::test]
async fn what_is_malformed_is_named() {
    let world = world().await;
    let anna = world.sign_in(ANNA).await;
    for (path, body, field) in [
        (state(BEN), json!({"state": "gone"}), "state"),
        (state(BEN), json!({"state": null}), "state"),
        (state(BEN), json!({}), "state"),
        (state(BEN), json!({"state": "banned", "reason": ""}), "reason"),
        (state(BEN), json!({"state": "banned", "reason": "x".repeat(513)}), "reason"),
        (state(BEN), json!({"state": "banned", "reason": "a\u{202E}b"}), "reason"),
        (state(BEN), json!({"state": "banned", "until": 1}), "until"),
        ("/users/0/state".to_owned(), json!({"state": "banned"}), "user_id"),
        ("/users/@me/state".to_owned(), json!({"state": "banned"}), "user_id"),
        ("/users/ben/state".to_owned(), json!({"state": "banned"}), "user_id"),
    ] {
        let answer = anna.put(&path, body.clone()).await;
        assert_eq!((answer.status, &answer.json()["field"]), (400, &json!(field)), "{path} {body}");
    }
    assert_eq!(anna.delete("/users/ben/sessions").await.json()["field"], "user_id");
}

#[tokio::test]
async fn an_operator_ends_all_sessions_of_a_user() {
    let world = world().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let token = ben.api_token(60).await;
    assert_eq!(anna.delete(&format!("/users/{BEN}/sessions")).await.status, 204);
    assert!(!ben.is_signed_in().await && !token.is_signed_in().await);
    assert!(anna.is_signed_in().await);
    assert_eq!(anna.delete("/users/42/sessions").await.status, 204, "nobody has none");
    assert_eq!(world.item(42, "account").await, None);
}

#[tokio::test]
async fn locally_the_first_seeded_user_is_an_operator() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(local::service::OPERATOR).await, world.sign_in(BEN).await);
    assert_eq!(anna.put(&state(BEN), json!({"state": "banned"})).await.status, 204);
    assert_eq!(ben.get("/users/@me").await.code(), "ApiBanned");
}

#[tokio::test]
async fn the_log_says_who_did_it_and_to_whom() {
    let world = world().await;
    let anna = world.sign_in(ANNA).await;
    // A user of this test alone.
    let whom = 4_242_424_242_424_242_424_u64;
    assert_eq!(anna.put(&state(whom), json!({"state": "banned"})).await.status, 204);
    let lines = logged_lines(&format!(r#""subject_user_id":"{whom}""#));
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains(&format!(r#""user_id":"{ANNA}""#)) && lines[0].contains("user-state-put"), "{lines:?}");
}
