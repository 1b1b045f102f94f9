//! Cursors: one list gives them, that list alone takes them, and nobody else makes them.

use serde_json::json;

use crate::authorizations::*;
use crate::world::*;

/// An app that is authorized on two guilds, by the one who owns them.
async fn on_two_guilds<'w>(gwen: &Person<'w>, name: &str) -> TestApp<'w> {
    let app = gwen.register(name).await;
    for guild in [HARBOUR, QUIET_COVE] {
        assert_eq!(gwen.authorize(&app, guild, &["VIEW_CASES"]).await.status, 201);
    }
    app
}

async fn next(person_or_app: impl Future<Output = Answer>) -> String {
    let answer = person_or_app.await;
    answer.json()["next"].as_str().unwrap_or_else(|| panic!("no next page: {}", answer.text())).to_owned()
}

#[tokio::test]
async fn a_cursor_with_one_character_changed_is_none() {
    let world = World::new().await;
    let gwen = world.sign_in(GWEN).await;
    let app = on_two_guilds(&gwen, "An app").await;
    let cursor = next(app.get("/app?limit=1")).await;
    let second = |cursor: String| async { app.get(&format!("/app?limit=1&cursor={}", { cursor })).await };
    assert_eq!(ids(&second(cursor.clone()).await.json()["authorized_guilds"], "guild_id"), [HARBOUR.to_string()]);
    for place in 0..cursor.len() {
        for other in ['A', 'B', '-'] {
            let mut tampered = cursor.clone();
            tampered.replace_range(place..=place, &other.to_string());
            if tampered != cursor {
                let answer = second(tampered.clone()).await;
                assert_eq!((answer.status, &answer.json()["field"]), (400, &json!("cursor")), "{tampered}");
            }
        }
    }
    for other in [
        String::new(),
        "x".to_owned(),
        "%00".to_owned(),
        HARBOUR.to_string(),
        cursor[1..].to_owned(),
        cursor[..cursor.len() - 1].to_owned(),
        format!("{cursor}="),
        format!("{cursor}A"),
        format!("{cursor}%20"),
        format!("{cursor}{cursor}"),
        "A".repeat(cursor.len()),
        "A".repeat(4000),
    ] {
        assert_eq!(second(other.clone()).await.json()["field"], "cursor", "{other:.100}");
    }
    let twice = app.get(&format!("/app?cursor={cursor}&cursor={cursor}")).await;
    assert_eq!((twice.status, &twice.json()["field"]), (400, &json!("cursor")));
}

#[tokio::test]
async fn a_cursor_is_of_one_list_of_one_owner() {
    let world = World::new().await;
    let gwen = world.sign_in(GWEN).await;
    let (app, other) = (on_two_guilds(&gwen, "An app").await, on_two_guilds(&gwen, "Another").await);
    for app in [&app, &other] {
        assert_eq!(gwen.authorize_for_me(app, &["READ_PROFILE"]).await.status, 201);
    }
    let anna = world.sign_in(ANNA).await;
    for person in [&gwen, &anna] {
        person.api_token(60).await;
    }
    let (on_harbour, on_cove, mine) = (of_guild(HARBOUR), of_guild(QUIET_COVE), "/users/@me/authorizations".to_owned());
    let lists = [
        (&app.token, "/app".to_owned()),
        (&other.token, "/app".to_owned()),
        (&gwen.token, on_harbour),
        (&gwen.token, on_cove),
        (&gwen.token, mine),
        (&gwen.token, "/sessions".to_owned()),
        (&anna.token, "/sessions".to_owned()),
    ];
    let get = |token: &str, path: String| Answer::of(world.http.get(world.url(&path)).bearer_auth(token));
    for (giver, (token, path)) in lists.iter().enumerate() {
        let cursor = next(get(token, format!("{path}?limit=1"))).await;
        for (taker, (token, path)) in lists.iter().enumerate() {
            let answer = get(token, format!("{path}?limit=1&cursor={cursor}")).await;
            let expected = if giver == taker { (200, json!(null)) } else { (400, json!("cursor")) };
            assert_eq!((answer.status, answer.json()["field"].clone()), expected, "{giver} {taker}");
        }
    }
}

#[tokio::test]
async fn a_cursor_tells_nothing_and_is_another_each_time() {
    let world = World::new().await;
    let gwen = world.sign_in(GWEN).await;
    let app = on_two_guilds(&gwen, "An app").await;
    let (one, other) = (next(app.get("/app?limit=1")).await, next(app.get("/app?limit=1")).await);
    assert_ne!(one, other);
    let opened = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, &one).unwrap();
    let shown = String::from_utf8_lossy(&opened);
    assert!(!shown.contains(&QUIET_COVE.to_string()) && !shown.contains("guild"), "{shown}");
    let pages = [format!("/app?cursor={one}"), format!("/app?cursor={other}"), format!("/app?limit=1&cursor={one}")];
    for path in pages {
        assert_eq!(ids(&app.get(&path).await.json()["authorized_guilds"], "guild_id"), [HARBOUR.to_string()]);
    }
}
