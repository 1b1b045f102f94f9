//! What is asked for has to be right in every part, or nothing is written and Discord is not asked.

use chrono::{DateTime, TimeDelta, Utc};
use local::stand_in::Route;
use reqwest::Method;
use serde_json::{Value, json};
use shared::context::Clock;

use super::*;

/// Both doors, each with a permission of its own subject and one of the other.
fn doors(app: &TestApp<'_>) -> [(String, &'static str, &'static str); 2] {
    [(on_guild(app, LIGHTHOUSE), "VIEW_CASES", "READ_PROFILE"), (for_me(app), "READ_PROFILE", "VIEW_CASES")]
}

#[tokio::test]
async fn permissions_are_names_of_the_catalogue_about_the_subject_each_once() {
    let world = World::new().await;
    let (anna, app) = (settled(&world, ANNA).await, daves_app(&world, "An app").await);
    for (path, own, others) in doors(&app) {
        let thousand: Vec<_> = (0..1000).map(|number| format!("P{number}")).collect();
        for (permissions, field) in [
            (json!([]), "permissions"),
            (json!(["FLY"]), "permissions"),
            (json!([own, "FLY"]), "permissions"),
            (json!([own.to_lowercase()]), "permissions"),
            (json!([format!("{own} ")]), "permissions"),
            (json!([""]), "permissions"),
            (json!(["*"]), "permissions"),
            (json!([own, own]), "permissions"),
            (json!([others]), "permissions"),
            (json!([own, others]), "permissions"),
            (json!(thousand), "permissions"),
            (json!(vec![own; 1000]), "permissions"),
            (json!([1]), "permissions[0]"),
            (json!([own, null]), "permissions[1]"),
            (json!([[own]]), "permissions[0]"),
            (json!([{ "name": own }]), "permissions[0]"),
            (json!(null), "permissions"),
            (json!(own), "permissions"),
            (json!({ "0": own }), "permissions"),
            (json!(true), "permissions"),
        ] {
            let answer = world.leaves_nothing(anna.put(&path, json!({"permissions": permissions}))).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "BadRequest"), "{path} {permissions}");
            assert_eq!(answer.json()["field"], field, "{path} {permissions}");
        }
        assert_eq!(anna.put(&path, json!({})).await.json()["field"], "permissions");
        assert_eq!(anna.put(&path, json!({"permissions": [own]})).await.status, 201);
    }
    assert_eq!(world.asked(Route::Guilds), 1, "for the one that was right");
}

#[tokio::test]
async fn an_expiry_is_a_whole_number_of_seconds_or_null() {
    let world = World::new().await;
    let (anna, app) = (settled(&world, ANNA).await, daves_app(&world, "An app").await);
    for (path, own, _) in doors(&app) {
        for expiry in [
            json!(0),
            json!(-1),
            json!(1.0),
            json!(1.5),
            json!(1e3),
            json!("1"),
            json!(true),
            json!([1]),
            json!({}),
            json!(9_223_372_036_854_776_u64),
            json!(u64::MAX),
            json!(1e300),
        ] {
            let body = json!({"permissions": [own], "expiry": expiry});
            let answer = world.leaves_nothing(anna.put(&path, body)).await;
            assert_eq!((answer.status, &answer.json()["field"]), (400, &json!("expiry")), "{path} {expiry}");
        }
        for (expiry, held) in [
            (json!(null), None),
            (json!(1), Some(world.clock.now() + TimeDelta::seconds(1))),
            (json!(86400), Some(world.clock.now() + TimeDelta::days(1))),
            (json!(9_223_372_036_854_775_u64), Some("9999-12-31T23:59:59Z".parse::<DateTime<Utc>>().unwrap())),
        ] {
            let answer = anna.put(&path, json!({"permissions": [own], "expiry": expiry})).await;
            assert_eq!(answer.json()["expiry"], json!(held), "{path} {expiry}: {}", answer.text());
        }
    }
    assert_eq!(app.get(&format!("/app/guilds/{LIGHTHOUSE}")).await.json()["expiry"], "9999-12-31T23:59:59Z");
    let item = kept_on(&app, LIGHTHOUSE).await.unwrap();
    assert_eq!(
        (&item["expiry"], &item["expires_at"]),
        (&number(253_402_300_799_000_i64), &number(253_402_300_799_i64))
    );
}

#[tokio::test]
async fn what_is_not_the_callers_to_say_is_refused() {
    let world = World::new().await;
    let (anna, app) = (settled(&world, ANNA).await, daves_app(&world, "An app").await);
    for (path, own, _) in doors(&app) {
        for field in ["granted_by", "granted_at", "guild_id", "app_id", "name", "expires_at", "Permissions"] {
            let body = json!({"permissions": [own], field: "1"});
            let answer = world.leaves_nothing(anna.put(&path, body)).await;
            assert_eq!((answer.status, &answer.json()["field"]), (400, &json!(field)), "{path}");
        }
        for (body, status) in [
            ("", 400),
            ("null", 400),
            (r#"["VIEW_CASES"]"#, 400),
            (r#"{"permissions": ["VIEW_CASES"]"#, 400),
            (r#"{"permissions": ["VIEW_CASES"]} {}"#, 400),
            (r#"{"permissions": ["VIEW_CASES"], "permissions": ["READ_PROFILE"]}"#, 400),
            (&*format!(r#"{{"permissions": ["{}"]}}"#, "P".repeat(17_000)), 413),
        ] {
            let put =
                world.http.put(world.url(&path)).bearer_auth(&anna.token).header("content-type", "application/json");
            let answer = world.leaves_nothing(Answer::of(put.body(body.to_owned()))).await;
            assert_eq!(answer.status, status, "{path} {body:.80}");
        }
        let put = world.http.put(world.url(&path)).bearer_auth(&anna.token).body(r#"{"permissions": ["VIEW_CASES"]}"#);
        assert_eq!(Answer::of(put).await.status, 415);
    }
}

#[tokio::test]
async fn what_is_no_id_is_refused() {
    let world = World::new().await;
    let (anna, app) = (settled(&world, ANNA).await, daves_app(&world, "An app").await);
    anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await;
    let asked = world.asked(Route::Guilds);
    let mut cases: Vec<(Vec<&str>, String, &str)> = Vec::new();
    for id in ["0", "01", "-1", "%2B1", "1e3", "x", "@me", "18446744073709551616", "1%20", "%D9%A1"] {
        cases.push((vec!["PUT", "DELETE"], format!("/apps/{}/guilds/{id}", app.id), "guild_id"));
        cases.push((vec!["GET", "DELETE"], format!("/guilds/{id}/authorizations"), "guild_id"));
    }
    for id in ["1", "x", &app.id.replacen('-', "", 1), &format!("%7B{}%7D", app.id), &app.id[1..]] {
        cases.push((vec!["PUT", "DELETE"], format!("/apps/{id}/guilds/{LIGHTHOUSE}"), "app_id"));
        cases.push((vec!["PUT", "DELETE"], format!("/apps/{id}/users/@me"), "app_id"));
    }
    for (methods, path, field) in cases {
        for method in methods {
            let permissions = if path.contains("users") { ["READ_PROFILE"] } else { ["VIEW_CASES"] };
            let request = world.http.request(Method::from_bytes(method.as_bytes()).unwrap(), world.url(&path));
            let request = request.json(&json!({"permissions": permissions}));
            let answer = world.leaves_nothing(Answer::of(request.try_clone().unwrap().bearer_auth(&anna.token))).await;
            assert_eq!((answer.status, &answer.json()["field"]), (400, &json!(field)), "{method} {path}");
            assert_eq!(Answer::of(request.bearer_auth("gpl_x")).await.code(), "InvalidToken", "{method} {path}");
        }
    }
    assert_eq!(world.asked(Route::Guilds), asked);
    let others = format!("/apps/{}/users/{BEN}", app.id);
    assert_eq!(anna.put(&others, json!({"permissions": ["READ_PROFILE"]})).await.status, 404, "only for oneself");
}

#[tokio::test]
async fn the_credential_is_judged_before_the_body_and_a_ban_too() {
    let world = World::new().await;
    let (anna, app) = (settled(&world, ANNA).await, daves_app(&world, "An app").await);
    for (path, ..) in doors(&app) {
        let put =
            |token: &str, body: Value| Answer::of(world.http.put(world.url(&path)).bearer_auth(token).json(&body));
        assert_eq!(put("gpl_x", json!([])).await.status, 401);
        assert_eq!(put(&app.token, json!([])).await.code(), "Restricted");
        assert_eq!(Answer::of(world.http.put(world.url(&path)).json(&json!([]))).await.code(), "NoAuthToken");
        world.ban(ANNA).await;
        assert_eq!(put(&anna.token, json!([])).await.code(), "ApiBanned");
        world.unban(ANNA).await;
        assert_eq!(put(&anna.token, json!([])).await.code(), "BadRequest");
    }
}
