//! `GET /oauth2/authorize` without a redirect URI, and `GET /oauth2/callback`: signing in for our own pages.

use chrono::TimeDelta;
use local::stand_in::{Fault as DiscordFault, RateLimitForm, Route};
use reqwest::Method;
use serde_json::json;

use crate::world::*;

const SESSION: &str = "guildpass";

/// A page with that status and text, and no session.
#[track_caller]
fn assert_refused(browser: &Browser<'_>, answer: &Answer, status: u16, says: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(answer.body.contains(says), "{}", answer.body);
    assert!(answer.body.contains(r#"href="/oauth2/authorize"#), "a way to try again");
    assert_eq!(browser.cookie(SESSION), None);
}

#[tokio::test]
async fn a_browser_signs_in_and_comes_back_to_where_it_was() {
    let world = World::with(&[]).await;
    let browser = world.browser();
    let back = world.leaves_nothing(browser.back_from_discord("/portal?x=1%262", ANNA)).await;
    let answer = browser.get(&back).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/portal?x=1&2")));
    assert!(browser.cookie(SESSION).unwrap().starts_with("gpl_"));

    let me = browser.get("/sessions/@me").await.json();
    assert_eq!((&me["user_id"], &me["type"]), (&json!(ANNA.to_string()), &json!("login")));
    world.pass(TimeDelta::minutes(60));
    assert_eq!(browser.get("/sessions/@me").await.status, 401);
}

#[tokio::test]
async fn a_session_that_was_there_before_is_replaced() {
    let world = World::new().await;
    let browser = world.browser();
    let planted = world.sign_in(BEN).await.token;
    browser.set_cookie(SESSION, &planted);
    let back = browser.back_from_discord("/", ANNA).await;
    browser.get(&back).await;
    assert_ne!(browser.cookie(SESSION).unwrap(), planted);
    assert_eq!(browser.get("/sessions/@me").await.json()["user_id"], ANNA.to_string());
}

#[tokio::test]
async fn a_return_leads_nowhere_else() {
    let world = World::new().await;
    for return_to in [
        "https://evil.example",
        "//evil.example",
        "/%5Cevil.example",
        "%5C%5Cevil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "%2F%2Fevil.example",
        "/%09/evil.example",
        "/%0A/evil.example",
        "portal",
        "",
        "/a%23b",
    ] {
        let answer = world.get(&format!("/oauth2/authorize?return_to={return_to}"), &[]).await;
        assert_eq!((answer.status, &answer.json()["field"]), (400, &json!("return_to")), "{return_to}");
        assert!(answer.header("location").is_none() && answer.header("set-cookie").is_none());
    }
}

#[tokio::test]
async fn a_state_is_this_browsers_own_and_good_once() {
    let world = World::new().await;
    let (anna, other) = (world.browser(), world.browser());
    let back = anna.back_from_discord("/", ANNA).await;
    other.back_from_discord("/", BEN).await;
    let long = format!("/oauth2/callback?code=a&state={}", "s".repeat(10_000 - 40));
    let bare = back.split("&state=").next().unwrap().to_owned();
    let asked = world.asked(Route::Token);
    for path in [
        back.clone(),
        bare.clone(),
        format!("{bare}&state="),
        format!("{bare}&state=wrong"),
        long.chars().take(9_000).collect(),
        "/oauth2/callback".to_owned(),
        format!("{back}&state=twice"),
        format!("{back}&code=twice"),
    ] {
        let answer = world.leaves_nothing(other.get(&path)).await;
        assert_refused(&other, &answer, 400, "That did not work");
    }
    let stranger = world.browser();
    assert_refused(&stranger, &world.leaves_nothing(stranger.get(&back)).await, 400, "Start the sign-in again");
    assert_eq!(world.asked(Route::Token), asked, "Discord was not asked");

    let (name, cookie) = anna.sign_ins().remove(0);
    assert_eq!(anna.get(&back).await.status, 303);
    let replay = world.browser();
    replay.set_cookie(&name, &cookie);
    assert_refused(&replay, &replay.get(&back).await, 400, "Start the sign-in again");
    let fresh = other.back_from_discord("/", ANNA).await;
    let fresh_code = fresh.split('&').next().unwrap().to_owned();
    let reused = back.split("&state=").nth(1).unwrap();
    let injected = format!("{fresh_code}&state={reused}");
    assert_refused(&replay, &replay.get(&injected).await, 400, "Start the sign-in again");
    assert_eq!(world.asked(Route::Token), asked + 1);
}

#[tokio::test]
async fn fifty_tabs_at_once_give_one_session() {
    let world = World::new().await;
    let browser = world.browser();
    let back = browser.back_from_discord("/", ANNA).await;
    let mut tabs = tokio::task::JoinSet::new();
    for _ in 0..50 {
        tabs.spawn(Answer::of(browser.request(Method::GET, &back)));
    }
    let mut done = 0;
    while let Some(answer) = tabs.join_next().await {
        let answer = answer.unwrap();
        done += usize::from(answer.status == 303);
        assert!(matches!(answer.status, 303 | 400), "{}", answer.text());
        if let Some(cookie) = answer.header("set-cookie") {
            world.keep_secret(cookie.split(['=', ';']).nth(1).unwrap());
        }
    }
    assert_eq!((done, world.asked(Route::Token)), (1, 1));
}

#[tokio::test]
async fn a_sign_in_takes_ten_minutes_at_most_and_cannot_be_forged() {
    let world = World::new().await;
    let browser = world.browser();
    let back = browser.back_from_discord("/", ANNA).await;
    let (name, cookie) = browser.sign_ins().remove(0);
    let last = cookie.chars().last().unwrap();
    for forged in [
        format!("{}{}", &cookie[..cookie.len() - 1], if last == 'A' { 'B' } else { 'A' }),
        cookie[1..].to_owned(),
        "x".into(),
        "%00".into(),
    ] {
        browser.set_cookie(&name, &forged);
        assert_refused(&browser, &browser.get(&back).await, 400, "Start the sign-in again");
    }
    browser.set_cookie(&name, &cookie);
    world.pass(TimeDelta::minutes(10));
    assert_refused(&browser, &browser.get(&back).await, 400, "Start the sign-in again");
}

#[tokio::test]
async fn whoever_says_no_at_discord_is_told_so() {
    let world = World::new().await;
    let browser = world.browser();
    let back = browser.back_from_discord("/", ANNA).await;
    let state = back.split("&state=").nth(1).unwrap();
    let asked = world.asked(Route::Token);
    let denied = format!("/oauth2/callback?error=access_denied&error_description=No&state={state}");
    assert_refused(&browser, &browser.get(&denied).await, 400, "Authorization was denied at Discord");
    let both = format!("{back}&error=access_denied");
    assert_refused(&browser, &browser.get(&both).await, 400, "cannot be given together");
    assert_refused(
        &browser,
        &browser.get(&format!("/oauth2/callback?error=invalid_scope&state={state}")).await,
        400,
        "Discord refused",
    );
    assert_eq!(world.asked(Route::Token), asked);
    assert_eq!(browser.get(&back).await.status, 303, "and may think again");
}

#[tokio::test]
async fn a_banned_user_and_a_silent_discord_are_pages_too() {
    let world = World::new().await;
    world.sign_in(BEN).await;
    world.ban(BEN).await;
    let browser = world.browser();
    let back = browser.back_from_discord("/", BEN).await;
    assert_refused(&browser, &browser.get(&back).await, 403, "You are banned");

    let back = browser.back_from_discord("/", ANNA).await;
    world.discord_fails(Route::Token, DiscordFault::Status { code: 503, html: true });
    let answer = browser.get(&back).await;
    assert_refused(&browser, &answer, 503, "Sign in again.");
    assert_eq!(answer.header("retry-after"), None, "the code may have been used up");
}

#[tokio::test]
async fn a_callback_that_met_a_rate_limit_can_be_reloaded() {
    let world = World::new().await;
    let browser = world.browser();
    let back = browser.back_from_discord("/portal", ANNA).await;
    let limited = DiscordFault::RateLimited { form: RateLimitForm::NoHeaders, retry_after: Some(7), global: false };
    world.discord_fails(Route::Token, limited);
    let answer = browser.get(&back).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("7")));
    assert!(answer.body.contains("Try again in 7 seconds."), "{}", answer.body);
    world.discord().faults().clear();

    let answer = browser.get(&back).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/portal")));
}

#[tokio::test]
async fn a_preview_of_the_link_signs_nobody_in() {
    let world = World::new().await;
    let browser = world.browser();
    let back = browser.back_from_discord("/", ANNA).await;
    assert_eq!(Answer::of(browser.request(Method::HEAD, &back)).await.status, 405);
    assert_eq!(world.browser().get(&back).await.status, 400, "it has no cookie");
    assert_eq!(browser.get(&back).await.status, 303);
}

#[tokio::test]
async fn signing_in_is_limited_by_the_address() {
    let world = World::with(&[("RATE_LIMITS", "sign-in=15/300")]).await;
    let mut statuses = Vec::new();
    for _ in 0..16 {
        let browser = world.browser();
        let back = browser.back_from_discord("/", ANNA).await;
        statuses.push(browser.get(&back).await.status);
    }
    assert_eq!((statuses.iter().filter(|status| **status == 303).count(), statuses[15]), (15, 429));
}

#[tokio::test]
async fn the_cookie_opens_our_own_doors_to_our_own_pages_alone() {
    let world = World::new().await;
    let browser = world.browser_of(ANNA).await;
    for origin in [None, Some("null"), Some("https://evil.example"), Some("http://localhost")] {
        let request =
            browser.request(Method::POST, "/apps").header("content-type", "text/plain").body(r#"{"name":"x"}"#);
        let request = if let Some(origin) = origin { request.header("origin", origin) } else { request };
        let answer = Answer::of(request).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "CrossOrigin"), "{origin:?}");
    }
    let made = browser.send(Method::POST, "/apps", json!({"name": "x"})).await;
    assert_eq!(made.status, 201);
    world.note_token(&made);
    assert_eq!(browser.send(Method::DELETE, "/sessions/@me", json!(null)).await.status, 204);
    let home = browser.get("/portal-that-is-not-there").await;
    assert_eq!(home.status, 404);
    assert_eq!((browser.cookie(SESSION), browser.get("/").await.status), (None, 200), "signed out, it is forgotten");
}
