//! `PATCH /apps/{app_id}`

use expect_test::expect;
use serde_json::{Value, json};

use super::*;

async fn whole(world: &World) -> (Person<'_>, TestApp<'_>) {
    let ben = world.sign_in(BEN).await;
    let app =
        ben.register_with(json!({"name": "An app", "logo_url": "https://cdn.example/a.png", "private": true})).await;
    (ben, app)
}

#[tokio::test]
async fn changes_what_is_given_and_leaves_the_rest() {
    let world = World::new().await;
    let (ben, app) = whole(&world).await;
    let answer = ben
        .patch(&path(&app), json!({"name": " Renamed ", "logo_url": "https://cdn.example/b.png", "private": false}))
        .await;
    expect![[r#"200 {"created_at":"<now>","id":"<app>","logo_url":"https://cdn.example/b.png","name":"Renamed","owner_id":"353355351799783517","private":false,"trusted":false,"verified":false}"#]].assert_eq(&shown(&answer, &app));
    assert!(!contains_secret(&answer.body));

    let mut wanted = answer.json();
    for (field, value) in [
        ("name", json!("Again")),
        ("private", json!(true)),
        ("logo_url", json!("https://cdn.example/c.png")),
        ("logo_url", json!(null)),
        ("logo_url", json!("https://cdn.example/d.png")),
        ("private", json!(false)),
    ] {
        wanted[field] = value.clone();
        let answer = ben.patch(&path(&app), json!({field: value})).await;
        assert_eq!((answer.status, answer.json()), (200, wanted.clone()), "{field} {value}");
        assert_eq!(ben.get(&path(&app)).await.json(), wanted);
    }
    assert_eq!(app.get("/app").await.json()["app"], wanted, "and its token works as before");
}

#[tokio::test]
async fn nothing_given_writes_nothing() {
    let world = World::new().await;
    let (ben, app) = whole(&world).await;
    let (dave, before) = (world.sign_in(DAVE).await, ben.get(&path(&app)).await);
    dave.get("/sessions/@me").await;
    world.wire.forget();
    let answer = world.leaves_nothing(ben.patch(&path(&app), json!({}))).await;
    assert_eq!(answer.text(), before.text());
    assert!(world.wire.calls().iter().all(|call| call.operation == "BatchGetItem"), "{:?}", world.wire.calls());
    assert_eq!(dave.patch(&path(&app), json!({})).await.status, 404);
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_named() {
    let world = World::new().await;
    let (ben, app) = whole(&world).await;
    let long = format!("https://cdn.example/{}", "a".repeat(2029));
    for (body, field) in [
        (json!({"name": null}), "name"),
        (json!({"name": ""}), "name"),
        (json!({"name": 1}), "name"),
        (json!({"name": "n".repeat(65)}), "name"),
        (json!({"name": "a\u{202E}b"}), "name"),
        (json!({"private": null}), "private"),
        (json!({"private": "false"}), "private"),
        (json!({"private": 0}), "private"),
        (json!({"logo_url": "javascript:alert(1)"}), "logo_url"),
        (json!({"logo_url": "http://cdn.example/a.png"}), "logo_url"),
        (json!({"logo_url": "https://trusted@evil.example/"}), "logo_url"),
        (json!({"logo_url": "https://cdn.\texample/"}), "logo_url"),
        (json!({"logo_url": long}), "logo_url"),
        (json!({"logo_url": ""}), "logo_url"),
        (json!({"logo_url": []}), "logo_url"),
        (json!({"name": "Good", "logo_url": "http://cdn.example/a.png"}), "logo_url"),
        (json!({"verified": true}), "verified"),
        (json!({"owner_id": DAVE.to_string()}), "owner_id"),
        (json!({"id": app.id}), "id"),
        (json!({"token": "gpx_x"}), "token"),
        (json!({"suspended": false}), "suspended"),
        (json!({"ended_at": 1}), "ended_at"),
    ] {
        let answer = world.leaves_nothing(ben.patch(&path(&app), body.clone())).await;
        assert_eq!((answer.status, &answer.json()["field"]), (400, &json!(field)), "{body}");
    }
}

#[tokio::test]
async fn bodies_are_read_strictly() {
    let world = World::new().await;
    let (ben, app) = whole(&world).await;
    let patch = |content_type: Option<&'static str>, body: &'static str| {
        let request = world.http.patch(world.url(&path(&app))).bearer_auth(&ben.token).body(body);
        match content_type {
            Some(content_type) => Answer::of(request.header("content-type", content_type)),
            None => Answer::of(request),
        }
    };
    for (body, field) in [
        (r#"{"name":"a","name":"b"}"#, json!("name")),
        (r#"{"logo_url":null,"logo_url":"https://cdn.example/"}"#, json!("logo_url")),
        (r#"{"private":true,"private":true}"#, json!("private")),
        ("[]", Value::Null),
        (r#"["a",null,true]"#, Value::Null),
        (r#"[{"name":"a"}]"#, Value::Null),
        ("null", Value::Null),
        (r#""name""#, Value::Null),
        (r#"{"name":"a"}{"name":"b"}"#, Value::Null),
        (r#"{"name":"a",}"#, Value::Null),
        ("", Value::Null),
    ] {
        let answer = world.leaves_nothing(patch(Some("application/json"), body)).await;
        assert_eq!(
            (answer.status, answer.code().as_str(), &answer.json()["field"]),
            (400, "BadRequest", &field),
            "{body}"
        );
    }
    for content_type in [None, Some("text/plain"), Some("application/merge-patch+json")] {
        let answer = world.leaves_nothing(patch(content_type, r#"{"name":"a"}"#)).await;
        assert_eq!(said(&answer), refused(415, "UnsupportedMediaType"), "{content_type:?}");
    }
}

#[tokio::test]
async fn one_whose_answer_was_lost_is_done() {
    let world = World::new().await;
    let (ben, app) = whole(&world).await;
    world.wire.fail("TransactWriteItems", Fault::AppliedAndLost, 1);
    assert_eq!(ben.patch(&path(&app), json!({"name": "Renamed"})).await.json()["name"], "Renamed");
}

#[tokio::test]
async fn two_at_once_change_what_each_was_given() {
    let world = World::new().await;
    let (ben, app) = whole(&world).await;
    let app_path = path(&app);
    let hold = world.wire.hold("TransactWriteItems");
    let (one, other, ()) = tokio::join!(
        ben.patch(&app_path, json!({"name": "Renamed"})),
        ben.patch(&app_path, json!({"logo_url": null, "private": false})),
        async {
            hold.arrived().await;
            hold.arrived().await;
            drop(hold);
        }
    );
    assert_eq!((one.status, other.status), (200, 200));
    let kept = ben.get(&app_path).await.json();
    assert_eq!((&kept["name"], &kept["logo_url"], &kept["private"]), (&json!("Renamed"), &json!(null), &json!(false)));
}
