//! `POST /apps`

use chrono::TimeDelta;
use expect_test::expect;
use serde_json::{Value, json};

use super::*;

/// A server that nobody may come to, and a logo there.
fn trap() -> (std::net::TcpListener, String) {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let logo = format!("https://{}/logo.png", listener.local_addr().unwrap());
    (listener, logo)
}

#[tokio::test]
async fn gives_an_app_and_its_token() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let body = json!({"name": "  Case reporter ", "logo_url": "https://cdn.example/logo.png", "private": true});
    let answer = ben.post("/apps", body).await;
    let given = answer.json();
    let [id, token] = [&given["app"]["id"], &given["token"]].map(|text| text.as_str().unwrap().to_owned());
    let app = TestApp { world: &world, id, token };
    expect![[r#"201 {"app":{"created_at":"<now>","id":"<app>","logo_url":"https://cdn.example/logo.png","name":"Case reporter","owner_id":"353355351799783517","private":true,"trusted":false,"verified":false},"token":"<token>"}"#]].assert_eq(&shown(&answer, &app));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(app.token.starts_with("gpx_") && app.is_live().await);
    assert_eq!(app.get("/app").await.json()["app"], given["app"]);

    let bytes: String = app.token.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert!(!world.everything().await.iter().any(|item| item.contains(&app.token) || item.contains(&bytes)));
}

#[tokio::test]
async fn what_is_left_out_is_open_and_without_a_logo() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    for body in [json!({"name": "An app"}), json!({"name": "An app", "logo_url": null})] {
        let app = ben.register_with(body).await;
        let kept = ben.get(&path(&app)).await.json();
        assert_eq!(
            (&kept["logo_url"], &kept["private"], &kept["verified"]),
            (&json!(null), &json!(false), &json!(false))
        );
    }
}

#[tokio::test]
async fn names_are_bounded_and_come_back_as_they_are() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    ben.get("/sessions/@me").await;
    for name in ["", "  ", &"n".repeat(65), "a\u{200B}b", "a\u{202E}b", "a\0b", "a\nb", "\u{FEFF}", "\u{3164}"] {
        let answer = world.leaves_nothing(ben.post("/apps", json!({"name": name}))).await;
        assert_eq!((answer.status, &answer.json()["field"]), (400, &json!("name")), "{name:?}");
    }
    for name in ["<script>alert(1)</script>", "<b>bold</b> & \"more\"", "=1+1", "👩‍🚀", "{{app}}", &"ä".repeat(64)]
    {
        let app = ben.register(name).await;
        let answer = ben.get(&path(&app)).await;
        assert_eq!(
            (answer.json()["name"].as_str(), answer.header("content-type")),
            (Some(name), Some("application/json"))
        );
    }
}

#[tokio::test]
async fn a_logo_is_an_https_url_or_refused() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    ben.get("/sessions/@me").await;
    let long = format!("https://cdn.example/{}", "a".repeat(2029));
    for logo in [
        json!("javascript:alert(1)"),
        json!("http://cdn.example/a.png"),
        json!("data:image/png;base64,AAAA"),
        json!("https:cdn.example/a.png"),
        json!("//cdn.example/a.png"),
        json!("https://trusted@evil.example/a.png"),
        json!("https://cdn.\texample/a.png"),
        json!("https://cdn.example/a.png\n"),
        json!(" https://cdn.example/a.png"),
        json!(""),
        json!(&long),
        json!(1),
        json!(true),
        json!(["https://cdn.example/a.png"]),
        json!({}),
    ] {
        let answer = world.leaves_nothing(ben.post("/apps", json!({"name": "n", "logo_url": logo}))).await;
        assert_eq!((answer.status, &answer.json()["field"]), (400, &json!("logo_url")), "{logo}");
    }
    assert_eq!(long.len(), 2049);
    let app = ben.register_with(json!({"name": "n", "logo_url": &long[..2048]})).await;
    assert_eq!(ben.get(&path(&app)).await.json()["logo_url"], long[..2048]);
}

#[tokio::test]
async fn a_logo_is_never_fetched() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let (listener, here) = trap();
    for logo in [&*here, "https://169.254.169.254/x"] {
        let app = ben.register_with(json!({"name": "n", "logo_url": logo})).await;
        assert_eq!(ben.get(&path(&app)).await.json()["logo_url"], logo);
        assert_eq!(ben.patch(&path(&app), json!({"logo_url": logo})).await.status, 200);
        assert_eq!(ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
        assert_eq!(app.get("/app?withGuildNames=true").await.json()["app"]["logo_url"], logo);
    }
    assert_eq!(ben.get("/apps").await.status, 200);
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "somebody came for it");
}

#[tokio::test]
async fn bodies_are_read_strictly() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    ben.get("/sessions/@me").await;
    for (body, field) in [
        (r#"{"name":"a","name":"b"}"#, json!("name")),
        (r#"{"name":"a","private":true,"private":false}"#, json!("private")),
        ("{}", json!("name")),
        (r#"{"logo_url":null}"#, json!("name")),
        (r#"{"name":null}"#, json!("name")),
        (r#"{"name":1}"#, json!("name")),
        (r#"{"name":["a"]}"#, json!("name")),
        (r#"{"name":"a","private":null}"#, json!("private")),
        (r#"{"name":"a","private":"true"}"#, json!("private")),
        (r#"{"name":"a","private":1}"#, json!("private")),
        (r#"["a",null,false]"#, json!(null)),
        (r#"[{"name":"a"}]"#, json!(null)),
        (r#"{"name":"a"} x"#, json!(null)),
        (r#"{"name":"a"}{}"#, json!(null)),
        (r#"{"name":"\ud800"}"#, json!(null)),
        ("null", json!(null)),
        ("", json!(null)),
    ] {
        let answer = world.leaves_nothing(ben.post_raw("/apps", Some("application/json"), body)).await;
        assert_eq!(
            (answer.status, answer.code().as_str(), &answer.json()["field"]),
            (400, "BadRequest", &field),
            "{body}"
        );
    }
    for field in ["id", "owner_id", "verified", "suspended", "token", "token_hash", "created_at", "Name"] {
        let answer = world.leaves_nothing(ben.post("/apps", json!({"name": "a", field: "1"}))).await;
        assert_eq!((answer.status, &answer.json()["field"]), (400, &json!(field)));
    }
    let big = format!(r#"{{"name":"{}"}}"#, "n".repeat(17_000));
    for (content_type, body, status) in [
        (None, r#"{"name":"a"}"#, 415),
        (Some("text/plain"), r#"{"name":"a"}"#, 415),
        (Some("application/json"), &*big, 413),
    ] {
        let answer = world.leaves_nothing(ben.post_raw("/apps", content_type, body.to_owned())).await;
        assert_eq!(answer.status, status, "{content_type:?}");
    }
}

#[tokio::test]
async fn an_error_never_quotes_a_value() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let answer = ben.post("/apps", json!({"name": "a", "logo_url": "http://hunter2"})).await;
    expect![[r#"400 {"code":"BadRequest","field":"logo_url","message":"`logo_url` must be an https URL of at most 2048 characters."}"#]].assert_eq(&answer.text());
    let answer = ben.post("/apps", json!({"name": "a\u{202E}hunter2"})).await;
    expect![[r#"400 {"code":"BadRequest","field":"name","message":"`name` must have 1 to 64 visible characters, without control or text direction characters."}"#]].assert_eq(&answer.text());
}

#[tokio::test]
async fn a_user_has_at_most_twenty_five() {
    let world = World::new().await;
    let (ben, dave) = (world.sign_in(BEN).await, world.sign_in(DAVE).await);
    let mut apps = Vec::new();
    for number in 0..25 {
        apps.push(ben.register(&format!("App {number}")).await);
    }
    let answer = world.leaves_nothing(ben.post("/apps", json!({"name": "One more"}))).await;
    expect![[r#"409 {"code":"TooMany","message":"App limit reached (25). Delete one and try again."}"#]]
        .assert_eq(&answer.text());
    dave.register("Another's").await;

    assert_eq!(ben.delete(&path(&apps[7])).await.status, 204);
    ben.register("The last").await;
    assert_eq!(said(&ben.post("/apps", json!({"name": "One more"})).await), refused(409, "TooMany"));
    assert_eq!(names_of(&ben).await.len(), 25);
}

#[tokio::test]
async fn thirty_at_once_do_not_pass_the_cap() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    for _ in 0..20 {
        ben.register("An app").await;
    }
    let mut tasks = Vec::new();
    for _ in 0..30 {
        tasks.push(tokio::spawn(Answer::of(request(&world, CREATE, "").bearer_auth(&ben.token))));
    }
    let mut given = Vec::new();
    for task in tasks {
        let answer = task.await.unwrap();
        world.note_token(&answer);
        match answer.status {
            201 => given.push(answer.json()["app"]["id"].clone()),
            409 => assert_eq!(answer.code(), "TooMany"),
            // Contention is a fault, and says so.
            status => assert_eq!(status, 503, "{}", answer.text()),
        }
    }
    let listed = ben.get("/apps").await.json();
    let listed: Vec<&Value> = listed["apps"].as_array().unwrap().iter().map(|app| &app["id"]).collect();
    assert!(given.iter().all(|id| listed.contains(&id)), "what was answered is there");
    assert_eq!(listed.len(), 20 + given.len(), "and nothing else");
    for _ in given.len()..5 {
        ben.register("An app").await;
    }
    assert_eq!(said(&ben.post("/apps", json!({"name": "n"})).await), refused(409, "TooMany"));
    assert_eq!(names_of(&ben).await.len(), 25);
}

#[tokio::test]
async fn one_whose_answer_was_lost_is_made_once() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    world.wire.fail("TransactWriteItems", Fault::AppliedAndLost, 1);
    let app = ben.register("An app").await;
    assert!(app.is_live().await);
    assert_eq!(names_of(&ben).await, ["An app"]);
}

#[tokio::test]
async fn a_session_that_ends_meanwhile_makes_nothing() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    world.pass(TimeDelta::hours(1));
    assert_eq!(said(&ben.post("/apps", json!({"name": "n"})).await), refused(401, "InvalidToken"));
    let ben = world.sign_in(BEN).await;
    assert!(names_of(&ben).await.is_empty());
}
