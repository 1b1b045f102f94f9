//! Discord misbehaves: the caller gets a 503 in time, with our own `Retry-After`, and nothing is written but the burnt code.

use local::stand_in::{BlockForm, Fault, GarbledForm, RateLimitForm, Route, Switch};
use serde_json::json;

use crate::world::*;

fn limited(form: RateLimitForm, retry_after: Option<i64>) -> Fault {
    Fault::RateLimited { form, retry_after, global: false }
}

#[tokio::test]
async fn every_fault_of_discords_is_a_503() {
    let world = World::new().await;
    for (fault, retry_after) in [
        (limited(RateLimitForm::Json, Some(3)), "3"),
        (limited(RateLimitForm::Json, Some(82_721)), "120"),
        (limited(RateLimitForm::Json, Some(-1)), "5"),
        (limited(RateLimitForm::NoHeaders, None), "5"),
        (limited(RateLimitForm::Html, None), "5"),
        (Fault::Status { code: 500, html: false }, "5"),
        (Fault::Status { code: 502, html: true }, "5"),
        (Fault::Status { code: 503, html: false }, "5"),
        (Fault::Reset, "5"),
        (Fault::LostReply, "5"),
        (Fault::Oversized, "5"),
        (Fault::Garbled { form: GarbledForm::Truncated }, "5"),
        (Fault::Garbled { form: GarbledForm::WrongContentType }, "5"),
        (Fault::Garbled { form: GarbledForm::Object }, "5"),
        (Fault::Garbled { form: GarbledForm::Array }, "5"),
        (Fault::Garbled { form: GarbledForm::Null }, "5"),
        (Fault::CloudflareBlock { form: BlockForm::Json }, "5"),
        (Fault::CloudflareBlock { form: BlockForm::Html }, "5"),
    ] {
        for route in [Route::Token, Route::Identify] {
            let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
            world.discord().faults().set(Switch::once(route, fault.clone())).unwrap();
            let answer = world.exchange(json!({"code": code, "redirect_uri": WEB})).await;
            assert_eq!((answer.status, answer.code().as_str()), (503, "DiscordUnavailable"), "{route:?} {fault:?}");
            assert_eq!(answer.header("retry-after"), Some(retry_after), "{route:?} {fault:?}");
            assert_eq!(world.item(ANNA, "account").await, None, "{route:?} {fault:?}");
            world.discord().faults().clear();
        }
    }
    assert!(world.sign_in(ANNA).await.is_signed_in().await);
}

#[tokio::test]
async fn a_stall_ends_within_the_budget() {
    let world = World::new().await;
    for fault in [Fault::Stall { seconds: 60 }, Fault::SlowBody { every_ms: 1000 }] {
        let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
        world.discord().faults().set(Switch::once(Route::Token, fault.clone())).unwrap();
        let answer = tokio::time::timeout(
            std::time::Duration::from_secs(9),
            world.exchange(json!({"code": code, "redirect_uri": WEB})),
        )
        .await;
        assert_eq!(answer.expect("an end after 5 s").code(), "DiscordUnavailable", "{fault:?}");
    }
}

#[tokio::test]
async fn discord_that_is_not_there_is_a_503() {
    let nobody = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
    for url in [format!("http://{nobody}"), "http://no-such-host.invalid".to_owned()] {
        let world = World::with(&[("DISCORD_URL", &url)]).await;
        let answer = world.exchange(json!({"code": "any", "redirect_uri": WEB})).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "DiscordUnavailable"), "{url}");
    }
}

#[tokio::test]
async fn a_dead_access_token_gives_no_session() {
    let world = World::new().await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    world.discord().faults().set(Switch::once(Route::Identify, Fault::DeadTokens)).unwrap();
    let answer = world.exchange(json!({"code": code, "redirect_uri": WEB})).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "DiscordUnavailable"));
    assert_eq!(world.discord().requests(Route::Identify), 1, "asked once");
}

#[tokio::test]
async fn a_wrong_client_secret_is_not_the_users_fault() {
    let world = World::with(&[("CLIENT_SECRET_JSON", r#"{"discord_client_secret": "wrong"}"#)]).await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    let answer = world.exchange(json!({"code": code, "redirect_uri": WEB})).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "DiscordUnavailable"));
    let id = answer.json()["request_id"].as_str().unwrap().to_owned();
    assert!(logged_lines(&id).iter().any(|line| line.contains("our client id or secret")));
}

#[tokio::test]
async fn live_sessions_need_no_discord() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.discord().faults().set(Switch::always(local::stand_in::Target::Every, Fault::Reset)).unwrap();
    assert!(anna.is_signed_in().await);
    assert_eq!(anna.get("/sessions").await.status, 200);
    assert!(anna.api_token(60).await.is_signed_in().await);
    assert_eq!(anna.delete("/sessions").await.status, 204);
}
