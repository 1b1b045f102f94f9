//! `POST /sessions`

use chrono::{DateTime, TimeDelta, Utc};
use expect_test::expect;
use serde_json::{Value, json};
use shared::context::Clock;

use crate::world::*;

#[expect(clippy::needless_pass_by_value, reason = "called with json!(…)")]
fn wanted(expiry: Value) -> Value {
    json!({"name": "a token", "type": "api", "expiry": expiry})
}

#[tokio::test]
async fn gives_an_api_token() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let answer = anna.post("/sessions", wanted(json!(86400))).await;
    assert_eq!(answer.status, 200);
    let given = answer.json();
    assert_eq!((&given["user_id"], &given["user"]), (&json!(anna.user_id), &json!(null)));
    assert!(given["token"].as_str().unwrap().starts_with("gpa_"));
    let keys: Vec<_> = given.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["expiry", "session_id", "token", "user", "user_id"], "the shape of POST /oauth2");

    let token = world.person(&answer);
    let me = token.get("/sessions/@me").await.json();
    assert_eq!((&me["type"], &me["name"], &me["id"]), (&json!("api"), &json!("a token"), &given["session_id"]));
}

#[tokio::test]
async fn any_session_may_create_one() {
    let world = World::new().await;
    let (login, app_login) = (world.sign_in(ANNA).await, world.sign_in_to_app(ANNA).await);
    let token = login.api_token(3600).await;
    for session in [&login, &app_login, &token] {
        assert!(session.api_token(3600).await.is_signed_in().await);
    }
}

#[tokio::test]
async fn a_life_is_a_whole_number_of_seconds() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    for text in [
        "0",
        "-1",
        "-0",
        "3600.0",
        "36e2",
        "3.6e3",
        "\"3600\"",
        "null",
        "true",
        "[3600]",
        "{}",
        "9223372036854776",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "1e400",
        "NaN",
        "0x10",
        "",
    ] {
        let body = format!(r#"{{"name":"n","type":"api","expiry":{text}}}"#);
        let answer = anna.post_raw("/sessions", Some("application/json"), body).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "BadRequest"), "{text}: {}", answer.text());
    }
    assert_eq!(anna.post("/sessions", json!({"name": "n", "type": "api"})).await.json()["field"], "expiry");
    assert_eq!(anna.session_ids().await.len(), 1, "nothing was created");
}

#[tokio::test]
async fn a_life_past_the_year_9999_is_held_there() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let far = anna.post("/sessions", wanted(json!(250_000_000_000_u64))).await;
    assert!(far.json()["expiry"].as_str().unwrap().starts_with("9949-"), "far away, but not too far");
    for seconds in [253_402_300_799_u64, 8_300_000_000_000, 9_223_372_036_854_775] {
        let answer = anna.post("/sessions", wanted(json!(seconds))).await;
        assert_eq!(answer.json()["expiry"], "9999-12-31T23:59:59Z", "{seconds}");
        assert!(world.person(&answer).is_signed_in().await);
    }
    let second = anna.post("/sessions", wanted(json!(1))).await;
    assert_eq!(
        second.json()["expiry"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap() - world.clock.now(),
        TimeDelta::seconds(1)
    );
}

#[tokio::test]
async fn only_api_tokens_are_created_here() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    for kind in ["login", "app_login", "API", "api ", "", "root"] {
        let answer = anna.post("/sessions", json!({"name": "n", "type": kind, "expiry": 60})).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "Restricted"), "{kind:?}");
    }
    for kind in [json!(null), json!(1), json!(["api"])] {
        let answer = anna.post("/sessions", json!({"name": "n", "type": kind, "expiry": 60})).await;
        assert_eq!((answer.status, &answer.json()["field"]), (400, &json!("type")), "{kind}");
    }
    assert_eq!(anna.post("/sessions", json!({"name": "n", "expiry": 60})).await.json()["field"], "type");
    assert_eq!(anna.session_ids().await.len(), 1);
}

#[tokio::test]
async fn names_are_bounded_and_come_back_as_they_are() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    for name in ["", "   ", &"n".repeat(65), "a\u{200B}b", "a\u{202E}b", "a\u{0}b", "a\nb", "\u{FEFF}"] {
        let answer = anna.post("/sessions", json!({"name": name, "type": "api", "expiry": 60})).await;
        assert_eq!((answer.status, &answer.json()["field"]), (400, &json!("name")), "{name:?}");
    }
    for name in ["<script>alert(1)</script>", "=1+1", "\"quoted\\\"", "👩‍🚀", &"ä".repeat(64)] {
        let answer = anna.post("/sessions", json!({"name": name, "type": "api", "expiry": 60})).await;
        let me = world.person(&answer).get("/sessions/@me").await;
        assert_eq!(me.json()["name"], *name);
        assert_eq!(me.header("content-type"), Some("application/json"));
    }
    let surrogate =
        anna.post_raw("/sessions", Some("application/json"), r#"{"name":"\ud800","type":"api","expiry":60}"#).await;
    assert_eq!((surrogate.status, surrogate.code().as_str()), (400, "BadRequest"));
}

#[tokio::test]
async fn bodies_are_read_strictly() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let good = r#"{"name":"n","type":"api","expiry":60}"#;
    let json = Some("application/json");
    let nested = "[".repeat(200) + &"]".repeat(200);
    let big = format!(r#"{{"name":"{}","type":"api","expiry":60}}"#, "n".repeat(17_000));
    let huge = "n".repeat(10_000_000);
    let cases: Vec<(Option<&str>, Vec<u8>, u16)> = vec![
        (json, br#"{"name":"a","name":"b","type":"api","expiry":60}"#.to_vec(), 400),
        (json, format!("{good} x").into(), 400),
        (json, format!("{good}{good}").into(), 400),
        (json, format!("\u{FEFF}{good}").into(), 400),
        (json, format!("[{good}]").into(), 400),
        (json, br#"["n","api",60]"#.to_vec(), 400),
        (json, br#"{"name":"n","type":"api","expiry":60,}"#.to_vec(), 400),
        (json, br#"{name:"n"}"#.to_vec(), 400),
        (json, format!(r#"{{"name":{nested},"type":"api","expiry":60}}"#).into(), 400),
        (json, b"{\"name\":\"\xFF\",\"type\":\"api\",\"expiry\":60}".to_vec(), 400),
        (json, Vec::new(), 400),
        (None, Vec::new(), 400),
        (json, b"null".to_vec(), 400),
        (json, big.into(), 413),
        (json, huge.into(), 413),
        (None, good.into(), 415),
        (Some("text/plain"), good.into(), 415),
        (Some("application/x-www-form-urlencoded"), b"name=n&type=api&expiry=60".to_vec(), 415),
        (Some("application/jsonp"), good.into(), 415),
        (Some("application/json; charset=utf-16"), good.into(), 415),
        (Some("application/json; charset=iso-8859-1"), good.into(), 415),
        (Some("application/json; charset=utf-8; charset=latin1"), good.into(), 415),
        (Some("application/json; charset=\"utf-16;utf-8\""), good.into(), 415),
        (Some("application/json; charset="), good.into(), 415),
        (Some("application/json; charset"), good.into(), 415),
        (Some("application/json; =utf-8"), good.into(), 415),
        (Some("application/json; charset=\"utf-8"), good.into(), 415),
        (Some("application/json, application/json"), good.into(), 415),
        (Some("application/json; v=1, text/plain"), good.into(), 415),
        (Some("application / json"), good.into(), 415),
        (Some("multipart/form-data"), good.into(), 415),
    ];
    for (content_type, body, status) in cases {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let answer = anna.post_raw("/sessions", content_type, body).await;
        assert_eq!(answer.status, status, "{content_type:?} {shown}: {}", answer.text());
        let code = match status {
            413 => "PayloadTooLarge",
            415 => "UnsupportedMediaType",
            _ => "BadRequest",
        };
        assert_eq!(answer.code(), code, "{shown}");
    }
    assert_eq!(anna.session_ids().await.len(), 1, "nothing was created");
    for content_type in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/json; charset=utf8",
        "application/json; charset=UTF8",
        "application/json ;  CharSet=Utf-8 ;",
        "application/json; charset=\"utf8\"",
        "application/json; charset=utf-8; profile=\"a;charset=latin1\"",
        "application/json; q=\"a\\\"; charset=latin1\"",
        "application/json; version=1",
    ] {
        assert_eq!(
            {
                let answer = anna.post_raw("/sessions", Some(content_type), good).await;
                world.note_token(&answer);
                answer.status
            },
            200,
            "{content_type}"
        );
    }
}

#[tokio::test]
async fn fields_that_are_not_the_callers_to_set_are_refused() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    for field in ["user_id", "state", "id", "expires_at", "token", "sign_outs", "Name"] {
        let mut body = wanted(json!(60));
        body[field] = json!("1");
        let answer = anna.post("/sessions", body).await;
        assert_eq!((answer.status, &answer.json()["field"]), (400, &json!(field)));
    }
    assert_eq!(anna.session_ids().await.len(), 1);
}

#[tokio::test]
async fn an_error_never_quotes_a_value() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let answer = anna.post("/sessions", json!({"name": {"hunter2": 1}, "type": "api", "expiry": "hunter2"})).await;
    expect![[r#"400 {"code":"BadRequest","field":"expiry","message":"`expiry` has the wrong type."}"#]]
        .assert_eq(&answer.text());
}

#[tokio::test]
async fn an_api_token_gives_no_longer_life_than_it_was_given() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let parent = anna.api_token(3600).await;
    world.pass(TimeDelta::seconds(1800));
    assert!(parent.is_signed_in().await);

    let answer = world.leaves_nothing(parent.post("/sessions", wanted(json!(3601)))).await;
    expect![[
        r#"400 {"code":"BadRequest","field":"expiry","message":"`expiry` exceeds the lifetime of the token that makes the request."}"#
    ]]
    .assert_eq(&answer.text());
    let successor = parent.api_token(3600).await;
    assert!(successor.is_signed_in().await, "the same life again: this is how a token is rotated");
    assert_eq!(parent.delete("/sessions/@me").await.status, 204);
    assert!(successor.is_signed_in().await && !parent.is_signed_in().await);
    assert_eq!(successor.post("/sessions", wanted(json!(3601))).await.status, 400);

    let forever = anna.api_token(9_223_372_036_854_775).await;
    world.pass(TimeDelta::seconds(5));
    assert!(forever.api_token(9_223_372_036_854_775).await.is_signed_in().await);
    assert!(anna.api_token(9_000_000).await.is_signed_in().await, "a login may give any life");
}

#[tokio::test]
async fn a_user_has_at_most_a_hundred() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let mut last = None;
    for _ in 0..100 {
        last = Some(anna.api_token(60).await);
    }
    let answer = world.leaves_nothing(anna.post("/sessions", wanted(json!(60)))).await;
    expect![[r#"409 {"code":"TooMany","message":"API token limit reached (100). Delete one and try again."}"#]]
        .assert_eq(&answer.text());
    assert_eq!(anna.session_ids().await.len(), 101);

    anna.delete(&format!("/sessions/{}", last.unwrap().session_id)).await;
    anna.api_token(60).await;
    assert_eq!(anna.post("/sessions", wanted(json!(60))).await.status, 409);
    world.pass(TimeDelta::seconds(60));
    anna.api_token(60).await;
}

#[tokio::test]
async fn creating_is_limited_per_user() {
    let world = World::with(&[("RATE_LIMITS", "session-create=2/3600")]).await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    anna.api_token(60).await;
    let token = anna.api_token(600).await;
    assert_eq!(token.get("/sessions/@me").await.status, 200);
    assert_eq!(token.post("/sessions", wanted(json!(0))).await.status, 400);

    let answer = world.leaves_nothing(token.post("/sessions", wanted(json!(60)))).await;
    assert_eq!((answer.status, answer.code().as_str()), (429, "RateLimited"));
    assert!(answer.header("retry-after").unwrap().parse::<u64>().unwrap() <= 3600);
    ben.api_token(60).await;
}

#[tokio::test]
async fn a_banned_user_creates_nothing() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.ban(ANNA).await;
    let answer = world.leaves_nothing(anna.post("/sessions", wanted(json!(60)))).await;
    expect![[r#"403 {"code":"ApiBanned","message":"This user is banned."}"#]].assert_eq(&answer.text());
    assert_eq!(anna.post("/sessions", json!([])).await.code(), "ApiBanned", "before the body is looked at");
}
