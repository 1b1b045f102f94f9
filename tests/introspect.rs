//! `POST /introspect`

use serde_json::{Value, json};

use crate::world::*;

const FORM: &str = "application/x-www-form-urlencoded";

/// A trusted app of Ben's, that asks.
async fn service(world: &World) -> TestApp<'_> {
    let app = world.sign_in(BEN).await.register("A service").await;
    world.trust(&app).await;
    app
}

async fn ask(world: &World, credential: &str, token: &str) -> Answer {
    let request = world.http.post(world.url("/introspect")).bearer_auth(credential).form(&[("token", token)]);
    Answer::of(request).await
}

async fn said_of(app: &TestApp<'_>, token: &str) -> Value {
    let answer = ask(app.world, &app.token, token).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn a_live_session_is_told_with_whose_it_is() {
    let world = World::new().await;
    let (service, cara) = (service(&world).await, world.sign_in(CARA).await);
    let token = cara.api_token(3600).await;

    let current = world.get_with("/sessions/@me", &token.token).await.json();
    let seconds =
        |name: &str| chrono::DateTime::parse_from_rfc3339(current[name].as_str().unwrap()).unwrap().timestamp();
    let expected = json!({
        "active": true, "kind": "user", "sub": CARA.to_string(), "username": "cara", "jti": token.session_id,
        "session_type": "api", "token_type": "Bearer", "iat": seconds("created_at"), "exp": seconds("expiry"),
        "iss": world.url("").replace("127.0.0.1", "localhost"),
    });
    assert_eq!(said_of(&service, &token.token).await, expected);
    assert_eq!(said_of(&service, &cara.token).await["session_type"], "login");
}

#[tokio::test]
async fn an_apps_token_is_told_with_the_app() {
    let world = World::new().await;
    let service = service(&world).await;
    let iss = world.url("").replace("127.0.0.1", "localhost");
    let expected = json!({"active": true, "kind": "app", "sub": service.id, "client_id": service.id, "token_type": "Bearer", "iss": iss});
    assert_eq!(said_of(&service, &service.token).await, expected);
}

#[tokio::test]
async fn of_what_is_not_live_that_alone_is_said() {
    let world = World::new().await;
    let service = service(&world).await;
    let (cara, dave, emil) = (world.sign_in(CARA).await, world.sign_in(DAVE).await, world.sign_in(EMIL).await);
    let (expired, revoked) = (cara.api_token(1).await, cara.api_token(3600).await);
    let app = dave.register("An app").await;
    let regenerated = app.token.clone();
    let apps = format!("/apps/{}", app.id);
    dave.post(&format!("{apps}/token"), json!({})).await;
    let of_emil = emil.register("Emil's").await;

    for token in [&expired.token, &revoked.token, &cara.token, &emil.token, &of_emil.token] {
        assert_eq!(said_of(&service, token).await["active"], true);
    }
    cara.delete(&format!("/sessions/{}", revoked.session_id)).await;
    world.pass(chrono::TimeDelta::seconds(1));
    assert_eq!(dave.delete("/sessions").await.status, 204);
    let ban = world.sign_in(ANNA).await.put(&format!("/users/{EMIL}/state"), json!({"state": "banned"})).await;
    assert_eq!(ban.status, 204);

    for (token, why) in [
        (&*expired.token, "expired"),
        (&revoked.token, "revoked"),
        (&dave.token, "signed out everywhere"),
        (&emil.token, "of a banned user"),
        (&of_emil.token, "of a banned user's app"),
        (&regenerated, "regenerated"),
        (local::example::token().reveal(), "unknown"),
        (local::example::app_token().reveal(), "of an unknown app"),
        ("gpl_garbage", "malformed"),
        (&format!("Bearer {}", cara.token), "no token but a header"),
        (&format!("{} ", cara.token), "with a space"),
        (&"x".repeat(9000), "long"),
    ] {
        assert_eq!(said_of(&service, token).await, json!({"active": false}), "{why}");
    }
}

#[tokio::test]
async fn only_trusted_apps_and_operators_may_ask() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let (unmarked, verified) = (ben.register("Unmarked").await, ben.register("Verified").await);
    let badge = anna.put(&format!("/apps/{}/verified", verified.id), json!({"verified": true})).await;
    assert_eq!(badge.status, 204);
    for token in [&unmarked.token, &verified.token, &ben.token] {
        let answer = world.leaves_nothing(ask(&world, token, &anna.token)).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "Restricted"));
    }
    let operators = anna.api_token(60).await;
    assert_eq!(ask(&world, &operators.token, &ben.token).await.json()["sub"], BEN.to_string());

    let service = service(&world).await;
    let no_longer = anna.put(&format!("/apps/{}/trusted", service.id), json!({"trusted": false})).await;
    assert_eq!(no_longer.status, 204);
    assert_eq!(ask(&world, &service.token, &ben.token).await.status, 403, "at once");
}

#[tokio::test]
async fn the_body_is_a_form_with_one_token() {
    let world = World::new().await;
    let (service, cara) = (service(&world).await, world.sign_in(CARA).await);
    let token = &cara.token;
    said_of(&service, token).await;
    for (content_type, body, status) in [
        (FORM, format!("token={token}"), 200),
        (
            "application/x-www-form-urlencoded; charset=UTF-8",
            format!("token={token}&token_type_hint=access_token&x=%00"),
            200,
        ),
        ("application/x-www-form-urlencoded; charset=\"utf8\"", format!("token={token}"), 200),
        ("application/x-www-form-urlencoded; charset=latin1", format!("token={token}"), 415),
        (FORM, format!("%74oken={}", token.replacen('g', "%67", 1)), 200),
        (FORM, format!("token={token}&token={token}"), 400),
        (FORM, "token=".into(), 400),
        (FORM, "token=%ff".into(), 400),
        (FORM, "token_type_hint=access_token".into(), 400),
        (FORM, String::new(), 400),
        (FORM, format!("token={token}&x={}", "x".repeat(17_000)), 413),
        ("application/json", format!(r#"{{"token": "{token}"}}"#), 415),
        ("text/plain", format!("token={token}"), 415),
        ("", format!("token={token}"), 415),
    ] {
        let request = world.http.post(world.url("/introspect")).bearer_auth(&service.token);
        let answer =
            world.leaves_nothing(Answer::of(request.header("content-type", content_type).body(body.clone()))).await;
        assert_eq!(answer.status, status, "{content_type} {body}: {}", answer.text());
        assert!(status != 200 || answer.json()["active"] == true, "{body}");
    }
    let request = world.http.post(world.url(&format!("/introspect?token={token}"))).bearer_auth(&service.token);
    assert_eq!(Answer::of(request.form(&[("x", "y")])).await.status, 400, "never from the query");
}

#[tokio::test]
async fn being_asked_about_is_being_used() {
    let world = World::new().await;
    let (service, cara) = (service(&world).await, world.sign_in(CARA).await);
    let token = cara.api_token(3600).await;
    let last_used = async || {
        let listed = cara.get("/sessions").await.json();
        let sessions = listed["sessions"].as_array().unwrap();
        sessions.iter().find(|session| session["id"] == token.session_id).unwrap()["last_used_at"].clone()
    };
    assert_eq!(last_used().await, Value::Null);
    said_of(&service, &token.token).await;
    assert!(last_used().await.is_string());

    world.wire.forget();
    said_of(&service, &token.token).await;
    let units: f64 = world.wire.calls().iter().map(|call| call.units).sum();
    assert_eq!((world.wire.calls().len(), units <= 3.0), (2, true), "{units} units");
}

async fn ask_as(world: &World, authorization: &str, token: &str) -> Answer {
    let request = world.http.post(world.url("/introspect")).header("authorization", authorization);
    Answer::of(request.form(&[("token", token)])).await
}

fn basic(name: &str, password: &str) -> String {
    let both = format!("{name}:{password}");
    format!("Basic {}", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, both))
}

/// RFC 6749, section 2.3.1: both parts may be encoded as in a form.
#[tokio::test]
async fn an_app_may_send_its_id_and_token_with_basic() {
    let world = World::new().await;
    let (service, cara) = (service(&world).await, world.sign_in(CARA).await);
    let (id, token) = (&service.id, &service.token);
    for authorization in [
        basic(id, token),
        basic(&id.to_uppercase(), token),
        basic(&id.replace('-', ""), token),
        basic(&id.replace('-', "%2D"), &token.replace('_', "%5f")),
        basic(id, token).replace("Basic", "bAsIc"),
    ] {
        let answer = ask_as(&world, &authorization, &cara.token).await;
        assert_eq!((answer.status, &answer.json()["sub"]), (200, &json!(CARA.to_string())), "{}", answer.text());
    }
}

#[tokio::test]
async fn basic_refuses_whatever_is_not_an_app_with_its_own_token() {
    let world = World::new().await;
    let (service, ben, anna) = (service(&world).await, world.sign_in(BEN).await, world.sign_in(ANNA).await);
    let other = ben.register("Another").await;
    let old = ben.register("Regenerated").await;
    world.trust(&old).await;
    let regenerated = ben.post_raw(&format!("/apps/{}/token", old.id), None, "").await;
    assert_eq!(regenerated.status, 200);
    let (id, token) = (&*service.id, &*service.token);
    for authorization in [
        basic(&other.id, token),
        basic(id, &other.token),
        basic(&old.id, &old.token),
        basic(id, &token[..token.len() - 1]),
        basic(id, ""),
        basic("", token),
        basic(&format!("{{{id}}}"), token),
        basic(BEN.to_string().as_str(), &ben.token),
        basic(&anna.session_id, &anna.token),
        basic(id, &format!("{token}:")),
        basic(id, "%ff"),
        format!("Basic {id}:{token}"),
        format!("Basic  {}", &basic(id, token)[6..]),
        "Basic !".to_owned(),
        "Basic Og==".to_owned(),
    ] {
        let answer = world.leaves_nothing(ask_as(&world, &authorization, &ben.token)).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "InvalidToken"), "{authorization}");
        let wanted = answer.header("www-authenticate").unwrap();
        assert!(wanted.starts_with(r#"Basic realm="guildpass""#), "{authorization}: {wanted}");
    }
    let answer = world.leaves_nothing(ask_as(&world, &basic(&other.id, &other.token), &ben.token)).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "Restricted"), "not trusted");
    let request = world.http.post(world.url("/introspect")).header("authorization", basic(id, token));
    let with_cookie = request.header("cookie", format!("__Host-guildpass={}", ben.token)).form(&[("token", token)]);
    assert_eq!(Answer::of(with_cookie).await.status, 400, "two credentials");
    for path in ["/app", "/sessions/@me"] {
        assert_eq!(world.get_with(path, &basic(id, token)).await.code(), "InvalidToken", "{path}");
    }
}
