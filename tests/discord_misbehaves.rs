//! Discord misbehaves: the caller gets a 503 in time, and nothing is written but what counts refusals and burns the code. Where
//! Discord surely has not seen the code, it is not burnt and `Retry-After` says when to come again.

use local::stand_in::{BlockForm, Fault, GarbledForm, RateLimitForm, Route, Switch, Target};
use serde_json::json;

use crate::world::*;

fn limited(form: RateLimitForm, retry_after: Option<i64>) -> Fault {
    Fault::RateLimited { form, retry_after, global: false }
}

#[tokio::test]
async fn a_fault_after_which_the_code_may_be_gone_asks_to_sign_in_again() {
    let world = World::new().await;
    for fault in [
        Fault::Status { code: 500, html: false },
        Fault::Status { code: 502, html: true },
        Fault::Status { code: 503, html: false },
        Fault::Reset,
        Fault::LostReply,
        Fault::Oversized,
        Fault::Garbled { form: GarbledForm::Truncated },
        Fault::Garbled { form: GarbledForm::WrongContentType },
        Fault::Garbled { form: GarbledForm::Object },
        Fault::Garbled { form: GarbledForm::Array },
        Fault::Garbled { form: GarbledForm::Null },
        Fault::CloudflareBlock { form: BlockForm::Json },
        Fault::CloudflareBlock { form: BlockForm::Html },
    ] {
        for route in [Route::Token, Route::Identify] {
            let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
            world.discord().faults().set(Switch::once(route, fault.clone())).unwrap();
            let body = json!({"code": code, "redirect_uri": WEB});
            let answer = world.exchange(body.clone()).await;
            assert_eq!((answer.status, answer.code().as_str()), (503, "DiscordUnavailable"), "{route:?} {fault:?}");
            assert_eq!(answer.header("retry-after"), None, "{route:?} {fault:?}");
            assert!(answer.body.contains("Sign in again."), "{}", answer.body);
            assert_eq!(world.item(ANNA, "account").await, None, "{route:?} {fault:?}");
            world.discord().faults().clear();
            assert_eq!(world.exchange(body).await.code(), "InvalidCode", "{route:?} {fault:?}");
        }
    }
    assert!(world.sign_in(ANNA).await.is_signed_in().await);
}

#[tokio::test]
async fn a_code_that_met_a_rate_limit_can_be_tried_again() {
    let world = World::new().await;
    for (fault, retry_after) in [
        (limited(RateLimitForm::Json, Some(3)), "3"),
        (limited(RateLimitForm::Json, Some(82_721)), "120"),
        (limited(RateLimitForm::Json, Some(-1)), "5"),
        (limited(RateLimitForm::NoHeaders, Some(60)), "60"),
        (limited(RateLimitForm::Html, None), "5"),
    ] {
        let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
        let body = json!({"code": code, "redirect_uri": WEB});
        world.discord().faults().set(Switch::once(Route::Token, fault.clone())).unwrap();
        let answer = world.exchange(body.clone()).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "DiscordUnavailable"), "{fault:?}");
        assert_eq!(answer.header("retry-after"), Some(retry_after), "{fault:?}");

        assert!(world.person(&world.exchange(body.clone()).await).is_signed_in().await, "{fault:?}");
        assert_eq!(world.exchange(body).await.code(), "InvalidCode", "once, {fault:?}");
    }
}

#[tokio::test]
async fn a_rate_limit_after_the_code_was_redeemed_asks_to_sign_in_again() {
    let world = World::new().await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    world.discord().faults().set(Switch::once(Route::Identify, limited(RateLimitForm::Json, Some(3)))).unwrap();
    let body = json!({"code": code, "redirect_uri": WEB});
    let answer = world.exchange(body.clone()).await;
    assert_eq!((answer.code().as_str(), answer.header("retry-after")), ("DiscordUnavailable", None));
    assert_eq!(world.exchange(body).await.code(), "InvalidCode");
}

#[tokio::test]
async fn fifty_at_once_that_meet_rate_limits_get_one_session() {
    let world = World::new().await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    let body = json!({"code": code, "redirect_uri": WEB});
    let fault = limited(RateLimitForm::Json, Some(1));
    world.discord().faults().set(Switch { times: Some(3), ..Switch::always(Route::Token, fault) }).unwrap();

    let redeem = || tokio::spawn(Answer::of(world.http.post(world.url("/oauth2")).json(&body)));
    let mut sessions = 0;
    for task in (0..50).map(|_| redeem()).collect::<Vec<_>>() {
        let answer = task.await.unwrap();
        world.note_token(&answer);
        assert!(matches!(answer.status, 200 | 400 | 503), "{}", answer.text());
        sessions += usize::from(answer.status == 200);
    }
    world.discord().faults().clear();
    let last = world.exchange(body).await;
    assert_eq!(sessions + usize::from(last.status == 200), 1);
}

#[tokio::test]
async fn a_stall_ends_within_the_budget() {
    let world = World::that_does_not_wait_for_discord().await;
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
        assert_eq!(answer.header("retry-after"), Some("5"), "{url}");
        let again = world.exchange(json!({"code": "any", "redirect_uri": WEB})).await;
        assert_eq!(again.code(), "DiscordUnavailable", "the code is not burnt");
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
    assert!(logged_lines(&id).iter().any(|line| line.contains(r#""discord_refusal":"client""#)));
}

#[tokio::test]
async fn live_sessions_need_no_discord() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.discord().faults().set(Switch::always(Target::Every, Fault::Reset)).unwrap();
    assert!(anna.is_signed_in().await);
    assert_eq!(anna.get("/sessions").await.status, 200);
    assert!(anna.api_token(60).await.is_signed_in().await);
    assert_eq!(anna.delete("/sessions").await.status, 204);
}
