//! `GET /users/@me/guilds`

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use local::stand_in::{Fault as DiscordFault, RateLimitForm, Route};
use serde_json::{Value, json};
use shared::context::Clock;

use crate::world::*;

fn fetched_at(list: &Value) -> DateTime<Utc> {
    list["fetched_at"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn shows_the_guilds_with_their_icons_and_rights() {
    let world = World::new().await;
    let list = world.sign_in(BEN).await.get("/users/@me/guilds").await.json();
    assert_eq!((fetched_at(&list), &list["stale"]), (world.clock.now(), &json!(false)));
    let guild = list["guilds"]
        .as_array()
        .unwrap()
        .iter()
        .find(|guild| guild["id"].as_str() == Some(&*LIGHTHOUSE.to_string()))
        .unwrap();
    assert_eq!((&guild["name"], &guild["owner"]), (&json!("Lighthouse"), &json!(false)));
    let permissions: u64 = guild["permissions"].as_str().unwrap().parse().unwrap();
    assert_ne!(permissions & 8, 0);
    let keys: Vec<_> = guild.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["icon", "icon_url", "id", "name", "owner", "permissions"]);
    assert!(world.sign_in(FAY).await.get("/users/@me/guilds").await.json()["guilds"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_list_is_kept_for_five_minutes() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let first = anna.get("/users/@me/guilds").await.json();
    world.pass(TimeDelta::milliseconds(299_999));
    anna.get("/sessions/@me").await;
    world.wire.forget();
    assert_eq!(anna.get("/users/@me/guilds").await.json(), first);
    assert_eq!(world.wire.calls().len(), 2, "the credential check and the list");
    assert_eq!(world.asked(Route::Guilds), 1);
    world.pass(TimeDelta::milliseconds(1));
    let second = anna.get("/users/@me/guilds").await.json();
    assert_eq!((fetched_at(&second), world.asked(Route::Guilds)), (world.clock.now(), 2));
}

#[tokio::test]
async fn two_hundred_guilds_with_long_names_and_strange_rights_are_kept_whole() {
    let world = World::new().await;
    let emil = world.sign_in(EMIL).await;
    let first = emil.get("/users/@me/guilds").await.json();
    let guilds = first["guilds"].as_array().unwrap();
    assert_eq!(guilds.len(), 200);
    assert!(guilds.iter().all(|guild| guild["name"].as_str().unwrap().chars().count() == 100));
    let rights = guilds.iter().map(|guild| guild["permissions"].as_str().unwrap().parse::<u64>().unwrap());
    assert!(rights.max().unwrap() > 1 << 53);
    assert_eq!(emil.get("/users/@me/guilds").await.json(), first, "as it was kept");
}

#[tokio::test]
async fn a_hundred_refreshes_at_once_ask_discord_once() {
    let world = World::with(&[]).await;
    let anna = world.sign_in(ANNA).await;
    anna.get("/sessions/@me").await;
    let mut tasks = Vec::new();
    for _ in 0..100 {
        let request = world.http.get(world.url("/users/@me/guilds?refresh=true")).bearer_auth(&anna.token);
        tasks.push(tokio::spawn(Answer::of(request)));
    }
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap().status);
    }
    assert_eq!(world.asked(Route::Guilds), 1);
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 3, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 429)));
}

#[tokio::test]
async fn a_hundred_readers_of_an_old_list_ask_discord_once() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let mut tasks = Vec::new();
    for _ in 0..100 {
        let request = world.http.get(world.url("/users/@me/guilds")).bearer_auth(&anna.token);
        tasks.push(tokio::spawn(Answer::of(request)));
    }
    for task in tasks {
        assert_eq!(task.await.unwrap().status, 200);
    }
    assert_eq!(world.asked(Route::Guilds), 1);
}

#[tokio::test]
async fn when_discord_is_down_the_kept_list_is_better_than_none() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let kept = anna.get("/users/@me/guilds").await.json();
    for fault in [
        DiscordFault::Status { code: 502, html: true },
        DiscordFault::Reset,
        DiscordFault::Garbled { form: local::stand_in::GarbledForm::Truncated },
        DiscordFault::RateLimited { form: RateLimitForm::NoHeaders, retry_after: None, global: false },
    ] {
        world.discord().faults().clear();
        world.pass(TimeDelta::minutes(6));
        world.discord_fails(Route::Guilds, fault.clone());
        for path in ["/users/@me/guilds", "/users/@me/guilds?refresh=true"] {
            let list = anna.get(path).await.json();
            assert_eq!((&list["stale"], &list["fetched_at"]), (&json!(true), &kept["fetched_at"]), "{path} {fault:?}");
            assert_eq!(list["guilds"], kept["guilds"]);
        }
        assert_eq!(world.sign_in(BEN).await.get("/users/@me/guilds").await.code(), "DiscordUnavailable", "{fault:?}");
    }
    world.discord().faults().clear();
    world.pass(TimeDelta::minutes(6));
    assert_eq!(anna.get("/users/@me/guilds").await.json()["stale"], json!(false));
}

#[tokio::test]
async fn a_limit_is_kept_to_and_not_slept_on() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.discord_fails(
        Route::Guilds,
        DiscordFault::RateLimited { form: RateLimitForm::Json, retry_after: Some(60), global: false },
    );
    let answer = anna.get("/users/@me/guilds").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("60")));
    world.discord().faults().clear();

    world.pass(TimeDelta::seconds(20));
    let answer = anna.get("/users/@me/guilds").await;
    assert_eq!((answer.code().as_str(), answer.header("retry-after")), ("DiscordUnavailable", Some("40")));
    assert_eq!(world.asked(Route::Guilds), 1, "Discord was left alone");
    assert_eq!(world.sign_in(BEN).await.get("/users/@me/guilds").await.status, 200, "it was Anna's limit");
    world.pass(TimeDelta::seconds(40));
    assert_eq!(anna.get("/users/@me/guilds").await.status, 200);
}

#[tokio::test]
async fn a_limit_that_only_the_body_names_is_kept_to() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let limited = DiscordFault::RateLimited { form: RateLimitForm::NoHeaders, retry_after: Some(60), global: false };
    world.discord_fails(Route::Guilds, limited);
    assert_eq!(anna.get("/users/@me/guilds").await.header("retry-after"), Some("60"));
    world.discord().faults().clear();
    world.pass(TimeDelta::milliseconds(59_999));
    assert_eq!(anna.get("/users/@me/guilds").await.header("retry-after"), Some("1"));
    assert_eq!(world.asked(Route::Guilds), 1);
    world.pass(TimeDelta::milliseconds(1));
    assert_eq!(anna.get("/users/@me/guilds").await.status, 200);
}

#[tokio::test]
async fn a_shorter_wait_does_not_end_a_longer_one() {
    let world = World::new().await;
    let anna = world.sign_in_with(ANNA, "connections").await;
    let limited =
        |seconds| DiscordFault::RateLimited { form: RateLimitForm::Json, retry_after: Some(seconds), global: false };
    anna.get("/sessions/@me").await;
    world.discord_fails(Route::Guilds, limited(60));
    world.discord_fails(Route::Connections, limited(2));
    let hold = world.wire.hold_of("user-connections", "UpdateItem");
    tokio::join!(anna.get("/users/@me/connections"), async {
        hold.arrived().await;
        anna.get("/users/@me/guilds").await;
        drop(hold);
    });
    world.pass(TimeDelta::seconds(30));
    assert_eq!(anna.get("/users/@me/guilds").await.code(), "DiscordUnavailable");
    assert_eq!((world.asked(Route::Guilds), world.asked(Route::Connections)), (1, 1));
}

#[tokio::test]
async fn signing_in_again_does_not_end_a_wait() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let limited = DiscordFault::RateLimited { form: RateLimitForm::Json, retry_after: Some(60), global: false };
    world.discord_fails(Route::Guilds, limited);
    anna.get("/users/@me/guilds").await;
    world.discord().faults().clear();
    assert_eq!(world.sign_in(ANNA).await.get("/users/@me/guilds").await.header("retry-after"), Some("60"));
    assert_eq!(world.asked(Route::Guilds), 1);
}

#[tokio::test]
async fn a_global_limit_holds_for_everybody() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    world.discord_fails(
        Route::Guilds,
        DiscordFault::RateLimited { form: RateLimitForm::Json, retry_after: Some(30), global: true },
    );
    assert_eq!(anna.get("/users/@me/guilds").await.status, 503);
    world.discord().faults().clear();
    assert_eq!(ben.get("/users/@me/guilds").await.code(), "DiscordUnavailable");
    assert_eq!(world.asked(Route::Guilds), 1);
    world.pass(TimeDelta::seconds(30));
    assert_eq!(ben.get("/users/@me/guilds").await.status, 200);
}

#[tokio::test]
async fn too_many_refusals_and_discord_is_left_alone() {
    let world = World::with(&[("RATE_LIMITS", "discord-refusals=3/600 sign-in=1000/10")]).await;
    let mut people = Vec::new();
    for user in [ANNA, BEN, CARA, DAVE, FAY, GWEN] {
        people.push(world.sign_in(user).await);
    }
    world.discord_fails(
        Route::Guilds,
        DiscordFault::RateLimited { form: RateLimitForm::Json, retry_after: Some(1), global: false },
    );
    for (person, asked) in people.iter().zip([1, 2, 3, 4, 4, 4]) {
        assert_eq!(person.get("/users/@me/guilds").await.code(), "DiscordUnavailable");
        assert_eq!(world.asked(Route::Guilds), asked, "{}", person.user_id);
    }
    world.discord().faults().clear();
    world.pass(TimeDelta::minutes(10));
    assert_eq!(world.sign_in(FAY).await.get("/users/@me/guilds").await.status, 200);
}

#[tokio::test]
async fn a_dead_grant_is_asked_about_once() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.discord().remove_application(ANNA).unwrap();
    let origin = format!("http://localhost:{}", world.service.api.port());
    for _ in 0..3 {
        let answer = anna.get("/users/@me/guilds").await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "MissingScope"));
        assert!(
            answer.json()["message"].as_str().unwrap().contains(&format!("{origin}/oauth2/authorize?scope=guilds"))
        );
    }
    assert_eq!(world.asked(Route::Guilds), 1);
    assert!(anna.is_signed_in().await, "a session needs no Discord");
    assert_eq!(world.sign_in(ANNA).await.get("/users/@me/guilds").await.status, 200, "signing in mends it");
}

#[tokio::test]
async fn the_kept_list_of_a_dead_grant_is_not_shown() {
    let world = World::new().await;
    for path in ["/users/@me/guilds?refresh=true", "/users/@me?refresh=true"] {
        let anna = world.sign_in(ANNA).await;
        assert_eq!(anna.get("/users/@me/guilds?refresh=true").await.status, 200);
        world.discord().remove_application(ANNA).unwrap();
        assert_eq!(anna.get(path).await.code(), "MissingScope", "now it is known, by {path}");
        let asked = world.asked(Route::Guilds);
        world.wire.forget();
        let answer = anna.get("/users/@me/guilds").await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "MissingScope"), "{path}");
        assert!(answer.body.contains("/oauth2/authorize?scope=guilds"), "{}", answer.body);
        assert_eq!((world.wire.calls().len(), world.asked(Route::Guilds)), (2, asked), "the check and one read");
    }
    assert_eq!(world.sign_in(ANNA).await.get("/users/@me/guilds").await.status, 200, "signing in mends it");
}

#[tokio::test]
async fn a_fetch_whose_process_dies_locks_nobody_out() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    anna.get("/users/@me/guilds").await;
    let later = (world.clock.now() + TimeDelta::seconds(20)).timestamp_millis();
    world.set(ANNA, "guilds", "lease", Some(AttributeValue::B(vec![1; 16].into()))).await;
    world.set(ANNA, "guilds", "lease_until", Some(AttributeValue::N(later.to_string()))).await;
    world.pass(TimeDelta::minutes(6));
    assert_eq!(anna.get("/users/@me/guilds").await.json()["stale"], json!(false));
}

#[tokio::test]
async fn a_kept_list_that_cannot_be_read_counts_as_not_there() {
    let text = |text: &str| Some(AttributeValue::S(text.into()));
    let bytes = |bytes: &[u8]| Some(AttributeValue::B(bytes.to_vec().into()));
    for (attribute, value) in [
        ("list", bytes(b"[{")),
        ("list", bytes(br#"[{"id": "1"}]"#)),
        ("list", bytes(br#"{"guilds": []}"#)),
        ("list", text("[]")),
        ("list", None),
        ("fetched_at", text("today")),
        ("fetched_at", None),
        ("fetched_at", Some(AttributeValue::N("99999999999999999".into()))),
        ("lease_until", text("never")),
    ] {
        for path in ["/users/@me/guilds", "/users/@me/guilds?refresh=true"] {
            let world = World::new().await;
            let anna = world.sign_in(ANNA).await;
            let before = anna.get("/users/@me/guilds").await.json();
            world.set(ANNA, "guilds", attribute, value.clone()).await;
            if attribute == "lease_until" {
                world.pass(TimeDelta::minutes(6));
            }
            let after = anna.get(path).await;
            assert_eq!((after.status, &after.json()["stale"]), (200, &json!(false)), "{attribute} {value:?}");
            assert_eq!(after.json()["guilds"], before["guilds"]);
            let asked = world.asked(Route::Guilds);
            assert_eq!((asked, anna.get("/users/@me/guilds").await.status), (2, 200), "{attribute} {value:?} {path}");
            assert_eq!(world.asked(Route::Guilds), asked, "what was fetched anew is kept");
        }
    }
}

#[tokio::test]
async fn a_fetch_that_fails_at_any_call_holds_nobody_up() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await.api_token(86_400).await;
    anna.get("/users/@me/guilds").await;
    for number in 1..8 {
        world.pass(TimeDelta::minutes(6));
        anna.get("/sessions/@me").await;
        world.wire.ambush(number, Fault::Denied, u32::MAX);
        anna.get("/users/@me/guilds").await;
        world.wire.heal();
        let again = anna.get("/users/@me/guilds").await;
        assert_eq!((again.status, &again.json()["stale"]), (200, &json!(false)), "after a fault at call {number}");
    }
}

#[tokio::test]
async fn a_first_fetch_that_fails_at_any_call_holds_nobody_up() {
    for number in 1..8 {
        let world = World::new().await;
        let anna = world.sign_in(ANNA).await;
        anna.get("/sessions/@me").await;
        world.wire.ambush(number, Fault::AppliedAndLost, u32::MAX);
        anna.get("/users/@me/guilds").await;
        world.wire.heal();
        assert_eq!(anna.get("/users/@me/guilds").await.status, 200, "after a fault at call {number}");
        assert_eq!(world.item(ANNA, "guilds").await.unwrap().get("lease"), None);
    }
}
