//! Signing in for our own pages as browsers do it: several tabs, reloads, failures, sessions that end.

use chrono::TimeDelta;
use local::stand_in::{Fault as DiscordFault, Route};
use reqwest::Method;
use serde_json::json;
use url::Url;

use crate::world::*;

const SESSION: &str = "guildpass";
const RETURNING: &str = "guildpass-returning";

fn sent_to(answer: &Answer) -> (u16, Option<&str>) {
    (answer.status, answer.header("location"))
}

fn prompt_of(answer: &Answer) -> Option<String> {
    let url = Url::parse(answer.header("location").unwrap()).unwrap();
    url.query_pairs().find(|(name, _)| name == "prompt").map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn tabs_that_sign_in_at_once_all_come_back() {
    let world = World::new().await;
    let browser = world.browser();
    let mut tabs = Vec::new();
    for tab in ["/portal", "/sessions/manage", "/?tab=3"] {
        tabs.push((tab, browser.back_from_discord(tab, ANNA).await));
    }
    tabs.rotate_left(1);
    for (tab, back) in &tabs {
        assert_eq!(sent_to(&browser.get(back).await), (303, Some(*tab)));
    }
    assert_eq!(browser.get("/sessions/@me").await.json()["user_id"], ANNA.to_string());
}

#[tokio::test]
async fn the_oldest_of_too_many_sign_ins_gives_way() {
    let world = World::new().await;
    let browser = world.browser();
    let mut tabs = Vec::new();
    for tab in 0..10 {
        tabs.push(browser.back_from_discord(&format!("/?tab={tab}"), ANNA).await);
        world.pass(TimeDelta::seconds(1));
        assert!(browser.sign_ins().len() <= 8);
    }
    for back in &tabs[..2] {
        assert_eq!(browser.get(back).await.status, 400);
    }
    for (tab, back) in tabs.iter().enumerate().skip(2) {
        assert_eq!(sent_to(&browser.get(back).await), (303, Some(format!("/?tab={tab}").as_str())));
    }
}

#[tokio::test]
async fn long_returns_never_fill_the_headers() {
    let world = World::new().await;
    let browser = world.browser();
    for tab in 0..9 {
        let back = browser.back_from_discord(&format!("/?{tab}{}", "x".repeat(2_000)), ANNA).await;
        world.pass(TimeDelta::seconds(1));
        let bytes: usize = browser.sign_ins().iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!(bytes < 6_500, "{bytes}");
        assert_eq!(browser.get(&back).await.status, 303);
    }
}

#[tokio::test]
async fn a_callback_that_comes_again_leads_on_and_does_nothing() {
    let world = World::new().await;
    let browser = world.browser();
    let back = browser.back_from_discord("/portal?x=1", ANNA).await;
    assert_eq!(sent_to(&browser.get(&back).await), (303, Some("/portal?x=1")));
    let (session, asked) = (browser.cookie(SESSION), world.asked(Route::Token));
    assert_eq!(browser.get("/sessions/@me").await.status, 200, "and its use is noted");
    for _ in 0..3 {
        let again = world.leaves_nothing(browser.get(&back)).await;
        assert_eq!(sent_to(&again), (303, Some("/portal?x=1")));
        assert_eq!(again.header("set-cookie"), None);
    }
    assert_eq!((browser.cookie(SESSION), world.asked(Route::Token)), (session.clone(), asked));

    let replay = world.browser();
    replay.set_cookie(SESSION, &session.unwrap());
    assert_eq!(replay.get(&back).await.status, 400, "of a sign-in that another browser began");

    browser.send(Method::DELETE, "/sessions/@me", json!(null)).await;
    let signed_out = browser.get(&back).await;
    assert_eq!(signed_out.status, 400, "nobody is signed in by a callback that was used");
    assert!(signed_out.body.contains("return_to=%2Fportal%3Fx%3D1"), "{}", signed_out.body);
}

#[tokio::test]
async fn a_session_that_ended_does_not_count_as_signed_in() {
    let world = World::new().await;
    let browser = world.browser();
    let back = browser.back_from_discord("/", ANNA).await;
    browser.get(&back).await;
    assert_eq!(world.sign_in(ANNA).await.delete("/sessions").await.status, 204);
    assert_eq!(browser.get(&back).await.status, 400);
}

#[tokio::test]
async fn whatever_goes_wrong_the_way_back_is_kept() {
    let world = World::new().await;
    let again = "return_to=%2Fauthorize%3Fapp_id%3D1%26type%3Duser";
    let wanted = "/authorize?app_id=1%26type=user";
    world.sign_in(BEN).await;
    world.ban(BEN).await;

    let browser = world.browser();
    let back = browser.back_from_discord(wanted, ANNA).await;
    let state = back.split("&state=").nth(1).unwrap();
    for error in ["access_denied", "invalid_scope"] {
        let page = browser.get(&format!("/oauth2/callback?error={error}&state={state}")).await;
        assert!(page.body.contains(again), "{error}: {}", page.body);
    }
    let page = browser.get(&format!("/oauth2/callback?state={state}")).await;
    assert!(page.body.contains(again), "no code: {}", page.body);
    world.discord_fails(Route::Token, DiscordFault::Status { code: 503, html: true });
    let page = browser.get(&back).await;
    assert!(page.status == 503 && page.body.contains(again), "{}", page.body);
    world.discord().faults().clear();

    let back = browser.back_from_discord(wanted, BEN).await;
    let page = browser.get(&back).await;
    assert!(page.status == 403 && page.body.contains(&format!("{again}&amp;prompt=consent")), "{}", page.body);

    let back = browser.back_from_discord(wanted, ANNA).await;
    world.pass(TimeDelta::minutes(10));
    let page = browser.get(&back).await;
    assert!(page.status == 400 && page.body.contains(again), "{}", page.body);

    let page = browser.visit(&format!("/oauth2/authorize?prompt=login&{again}")).await;
    assert!(page.status == 400 && page.body.contains(again), "{}", page.body);
    let page = browser.visit("/portal/no-app/link").await;
    assert!(page.body.contains("return_to=%2Fportal%2Fno-app%2Flink"), "{}", page.body);
}

#[tokio::test]
async fn our_own_pages_ask_only_whom_discord_has_not_asked() {
    let world = World::new().await;
    let browser = world.browser();
    for (query, prompt) in [("", "none"), ("?return_to=/portal", "none"), ("?prompt=consent", "consent")] {
        let begun = browser.get(&format!("/oauth2/authorize{query}")).await;
        assert_eq!(prompt_of(&begun).as_deref(), Some(prompt), "{query}");
    }
    let sign_in = browser.get("/").await.body;
    assert!(
        sign_in.contains(r#"href="/oauth2/authorize?return_to=%2F&amp;prompt=consent">Use another account"#),
        "{sign_in}"
    );
}

#[tokio::test]
async fn an_expired_session_goes_through_discord_once_by_itself() {
    let world = World::new().await;
    let browser = world.browser_of(ANNA).await;
    browser.forget_cookie(SESSION);
    for path in ["/portal?x=1", "/"] {
        browser.set_cookie(RETURNING, "1");
        let answer = world.leaves_nothing(browser.visit(path)).await;
        let to = format!("/oauth2/authorize?return_to={}", if path == "/" { "%2F" } else { "%2Fportal%3Fx%3D1" });
        assert_eq!(sent_to(&answer), (303, Some(to.as_str())));
        assert_eq!(answer.header("www-authenticate"), None);
        assert_eq!(browser.cookie(RETURNING), None, "once");
        assert!(browser.visit(path).await.body.contains("Sign in with Discord"), "no loop");
    }

    let back = browser.back_from_discord("/portal", ANNA).await;
    assert_eq!(sent_to(&browser.get(&back).await), (303, Some("/portal")));
    assert!(browser.cookie(RETURNING).is_some(), "and again when that session has expired");
}

#[tokio::test]
async fn only_a_person_who_opens_a_page_is_sent_to_discord() {
    let world = World::new().await;
    let browser = world.browser();
    browser.set_cookie(RETURNING, "1");
    for (name, value) in [
        ("sec-fetch-mode", "cors"),
        ("sec-fetch-mode", "no-cors"),
        ("sec-fetch-dest", "iframe"),
        ("sec-purpose", "prefetch"),
    ] {
        let answer = Answer::of(browser.request(Method::GET, "/portal").header(name, value)).await;
        assert_eq!(answer.status, 401, "{name}: {value}");
    }
    assert_eq!(browser.get("/users/@me").await.code(), "NoAuthToken", "what programs ask is not a page");
}

#[tokio::test]
async fn who_signs_out_is_not_signed_in_by_itself() {
    let world = World::new().await;
    for (method, path) in
        [(Method::DELETE, "/sessions/@me"), (Method::DELETE, "/sessions"), (Method::DELETE, "/users/@me")]
    {
        let browser = world.browser_of(FAY).await;
        assert_eq!(browser.send(method, path, json!(null)).await.status, 204, "{path}");
        assert_eq!((browser.cookie(SESSION), browser.cookie(RETURNING)), (None, None), "{path}");
        assert!(browser.visit("/portal").await.body.contains("Sign in with Discord"), "{path}");
    }

    let browser = world.browser_of(ANNA).await;
    assert_eq!(world.sign_in(ANNA).await.delete("/sessions").await.status, 204);
    assert_eq!(browser.visit("/portal").await.status, 401, "ended from elsewhere");
    assert_eq!((browser.cookie(SESSION), browser.cookie(RETURNING)), (None, None));
}

#[tokio::test]
async fn ending_another_session_leaves_this_one() {
    let world = World::new().await;
    let (browser, other) = (world.browser_of(ANNA).await, world.sign_in(ANNA).await);
    let ended = browser.send(Method::DELETE, &format!("/sessions/{}", other.session_id), json!(null)).await;
    assert_eq!((ended.status, ended.header("set-cookie")), (204, None));
    let with_token = world.sign_in(ANNA).await.delete("/sessions/@me").await;
    assert_eq!(with_token.header("set-cookie"), None, "a program has no cookies");
}

#[tokio::test]
async fn by_another_name_of_this_machine_one_is_sent_to_the_one_name() {
    let world = World::new().await;
    let port = world.service.api.port();
    for (path, accept) in [("/portal?x=1", "text/html"), ("/oauth2/authorize?return_to=%2Fportal", "*/*")] {
        let request =
            world.http.get(world.url(path)).header("host", format!("127.0.0.1:{port}")).header("accept", accept);
        let answer = world.leaves_nothing(Answer::of(request)).await;
        assert_eq!(sent_to(&answer), (307, Some(format!("http://localhost:{port}{path}").as_str())));
    }
    let program = world.http.get(world.url("/permissions")).header("host", format!("127.0.0.1:{port}"));
    assert_eq!(Answer::of(program).await.status, 200);
}
