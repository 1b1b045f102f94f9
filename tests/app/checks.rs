//! `GET /app/guilds/{guild_id}`, `GET /app/users/{user_id}`, and the door of all four.

use expect_test::expect;
use reqwest::Method;
use serde_json::json;

use crate::authorizations::*;
use crate::world::*;

/// The four endpoints, as they are asked well.
fn doors() -> [(Method, String); 5] {
    [
        (Method::GET, "/app".to_owned()),
        (Method::GET, format!("/app/guilds/{LIGHTHOUSE}")),
        (Method::GET, format!("/app/users/{ANNA}")),
        (Method::POST, format!("/app/deauthorize?guildId={LIGHTHOUSE}")),
        (Method::POST, format!("/app/deauthorize?userId={ANNA}")),
    ]
}

/// And as they are asked badly.
fn malformed() -> Vec<(Method, String, &'static str)> {
    let mut doors = vec![
        (Method::GET, "/app?limit=0".to_owned(), "limit"),
        (Method::GET, "/app?withGuildNames=yes".to_owned(), "withGuildNames"),
        (Method::GET, "/app?cursor=x".to_owned(), "cursor"),
        (Method::POST, "/app/deauthorize".to_owned(), "guildId"),
        (Method::POST, "/app/deauthorize?userId=x".to_owned(), "userId"),
    ];
    for id in ["0", "01", "-1", "%2B1", "1e3", "x", "@me", "18446744073709551616", "1%20", "%D9%A1"] {
        doors.push((Method::GET, format!("/app/guilds/{id}"), "guild_id"));
        doors.push((Method::GET, format!("/app/users/{id}"), "user_id"));
    }
    doors
}

async fn ask(world: &World, (method, path): (&Method, &str), token: Option<&str>) -> Answer {
    let request = world.http.request(method.clone(), world.url(path));
    Answer::of(if let Some(token) = token { request.bearer_auth(token) } else { request }).await
}

#[tokio::test]
async fn an_app_asks_what_it_may_and_each_answer_is_one_read() {
    let world = World::new().await;
    let (anna, app) = (world.sign_in(ANNA).await, daves_app(&world, "An app").await);
    anna.authorize(&app, LIGHTHOUSE, &["MANAGE_CASES", "VIEW_CASES"]).await;
    anna.put(&for_me(&app), json!({"permissions": ["READ_PROFILE"], "expiry": 9_000_000_000_000_u64})).await;
    world.wire.forget();
    for (path, expected) in [
        (
            format!("/app/guilds/{LIGHTHOUSE}"),
            expect![[
                r#"200 {"expiry":null,"guild_id":"272120529715212344","permissions":["VIEW_CASES","MANAGE_CASES"]}"#
            ]],
        ),
        (
            format!("/app/users/{ANNA}"),
            expect![[
                r#"200 {"expiry":"9999-12-31T23:59:59Z","permissions":["READ_PROFILE"],"user_id":"158908186768937126"}"#
            ]],
        ),
        (
            format!("/app/guilds/{HARBOUR}"),
            expect![[
                r#"404 {"authorize_url":"ORIGIN/authorize?app_id=APP&type=guild&guild_id=973762418583175242","code":"NotFound","message":"The app is not authorized for this guild or user."}"#
            ]],
        ),
        (
            "/app/guilds/1".to_owned(),
            expect![[
                r#"404 {"authorize_url":"ORIGIN/authorize?app_id=APP&type=guild&guild_id=1","code":"NotFound","message":"The app is not authorized for this guild or user."}"#
            ]],
        ),
        (
            format!("/app/users/{BEN}"),
            expect![[
                r#"404 {"authorize_url":"ORIGIN/authorize?app_id=APP&type=user","code":"NotFound","message":"The app is not authorized for this guild or user."}"#
            ]],
        ),
    ] {
        let origin = world.url("").replace("127.0.0.1", "localhost");
        let text = world.leaves_nothing(app.get(&path)).await.text();
        expected.assert_eq(&text.replace(&origin, "ORIGIN").replace(&app.id, "APP"));
        let calls = world.wire.calls();
        assert_eq!((calls.len(), calls[0].is_consistent), (1, true), "{path}: {calls:?}");
        world.wire.forget();
    }
}

#[tokio::test]
async fn where_an_app_may_nothing_it_is_told_where_to_send_whom() {
    let world = World::new().await;
    let (anna, app) = (world.sign_in(ANNA).await, daves_app(&world, "An app").await);
    let origin = world.url("").replace("127.0.0.1", "localhost");
    let on_guild = format!("{origin}/authorize?app_id={}&type=guild&guild_id={LIGHTHOUSE}", app.id);
    let for_user = format!("{origin}/authorize?app_id={}&type=user", app.id);
    for (path, url) in [(format!("/app/guilds/{LIGHTHOUSE}"), on_guild), (format!("/app/users/{ANNA}"), for_user)] {
        let answer = app.get(&path).await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "NotFound"));
        assert_eq!(answer.json()["authorize_url"], url);
    }
    assert_eq!(anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    assert_eq!(app.get(&format!("/app/guilds/{LIGHTHOUSE}")).await.json().get("authorize_url"), None);
    for elsewhere in [anna.get("/apps/00000000-0000-0000-0000-000000000000").await, app.get("/app/guilds/x").await] {
        assert_eq!(elsewhere.json().get("authorize_url"), None, "only there");
    }
}

#[tokio::test]
async fn only_an_apps_token_opens_and_it_is_judged_first() {
    let world = World::new().await;
    let (anna, app) = (settled(&world, ANNA).await, daves_app(&world, "An app").await);
    anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await;
    anna.authorize_for_me(&app, &["READ_PROFILE"]).await;
    let token = anna.api_token(600).await;
    let other = daves_app(&world, "Another").await;
    let old = other.token.clone();
    assert_eq!(world.sign_in(DAVE).await.delete(&format!("/apps/{}", other.id)).await.status, 204);

    let doors: Vec<_> =
        doors().into_iter().chain(malformed().into_iter().map(|(method, path, _)| (method, path))).collect();
    world.wire.forget();
    for (method, path) in &doors {
        for (token, status, code) in [
            (Some(&*anna.token), 403, "Restricted"),
            (Some(&token.token), 403, "Restricted"),
            (None, 401, "NoAuthToken"),
            (Some("gpx_x"), 401, "InvalidToken"),
            (Some(&app.token[..60]), 401, "InvalidToken"),
            (Some(&app.token.replacen("gpx_", "gpa_", 1)), 401, "InvalidToken"),
        ] {
            let answer = ask(&world, (method, path), token).await;
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{method} {path}");
        }
    }
    assert_eq!(world.wire.calls().len(), 0, "none of these costs a call");
    for (method, path) in &doors {
        let answer = world.leaves_nothing(ask(&world, (method, path), Some(&old))).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "InvalidToken"), "{method} {path}");
    }
    for (method, path, field) in malformed() {
        let answer = world.leaves_nothing(ask(&world, (&method, &path), Some(&app.token))).await;
        assert_eq!((answer.status, &answer.json()["field"]), (400, &json!(field)), "{method} {path}");
    }
    for (method, path) in self::doors() {
        assert_eq!(ask(&world, (&method, &path), Some(&app.token)).await.status, 200, "{method} {path}");
    }
}

#[tokio::test]
async fn the_app_of_a_banned_owner_is_turned_away_until_the_ban_is_lifted() {
    let world = World::new().await;
    let (anna, app) = (world.sign_in(ANNA).await, daves_app(&world, "An app").await);
    anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await;
    anna.authorize_for_me(&app, &["READ_PROFILE"]).await;
    assert_eq!(anna.put(&format!("/users/{DAVE}/state"), json!({"state": "banned"})).await.status, 204);
    for (method, path) in doors() {
        let answer = world.leaves_nothing(ask(&world, (&method, &path), Some(&app.token))).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "ApiBanned"), "{method} {path}");
    }
    assert_eq!(anna.put(&format!("/users/{DAVE}/state"), json!({"state": "normal"})).await.status, 204);
    assert_eq!((app.may(LIGHTHOUSE).await.len(), app.may_for(ANNA).await.len()), (1, 1));
}

#[tokio::test]
async fn for_a_banned_user_an_app_may_nothing_and_after_the_ban_what_it_might_before() {
    let world = World::new().await;
    let (anna, ben, app) = (world.sign_in(ANNA).await, world.sign_in(BEN).await, daves_app(&world, "An app").await);
    ben.authorize_for_me(&app, &["READ_PROFILE"]).await;
    ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await;
    let (before, state) = (kept(&app, &format!("user#{BEN}")).await, format!("/users/{BEN}/state"));
    for _ in 0..2 {
        assert_eq!(anna.put(&state, json!({"state": "banned"})).await.status, 204);
        assert_eq!(app.get(&format!("/app/users/{BEN}")).await.code(), "NotFound");
        assert_eq!(app.may(LIGHTHOUSE).await, ["VIEW_CASES"], "the guild is not the user");
        assert_eq!(anna.put(&state, json!({"state": "normal"})).await.status, 204);
        assert_eq!(app.may_for(BEN).await, ["READ_PROFILE"]);
    }
    assert_eq!(kept(&app, &format!("user#{BEN}")).await, before);
}

#[tokio::test]
async fn for_a_deleted_user_an_app_may_nothing_also_when_they_come_back() {
    let world = World::new().await;
    let (ben, app) = (world.sign_in(BEN).await, daves_app(&world, "An app").await);
    ben.authorize_for_me(&app, &["READ_PROFILE"]).await;
    let orphan = kept(&app, &format!("user#{BEN}")).await.unwrap();
    assert_eq!(ben.delete("/users/@me").await.status, 204);
    assert_eq!(app.get(&format!("/app/users/{BEN}")).await.code(), "NotFound");
    assert_eq!(kept(&app, &format!("user#{BEN}")).await, None);
    world.sign_in(BEN).await;
    assert_eq!(app.get(&format!("/app/users/{BEN}")).await.code(), "NotFound");

    // Were it left over, it would count for nobody.
    let ben = world.sign_in(BEN).await;
    assert_eq!(ben.delete("/users/@me").await.status, 204);
    keep(&world, [orphan]).await;
    assert_eq!(app.get(&format!("/app/users/{BEN}")).await.code(), "NotFound");
    assert_eq!(app.get(&format!("/app/users/{FAY}")).await.code(), "NotFound");
}
