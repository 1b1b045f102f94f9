//! Routes: the template, the code and what is answered say the same.

use std::collections::BTreeSet;

use expect_test::expect;
use local::template::Template;
use reqwest::Method;
use serde_json::{Value, json};
use shared::http::ROUTES;

use crate::world::*;

#[test]
fn the_template_and_the_code_have_the_same_routes() {
    let (routes, unmatched) = Template::of_this_build().unwrap().routes().unwrap();
    let of_the_template: BTreeSet<_> =
        routes.iter().map(|route| (route.method.as_str(), route.path.as_str(), route.function.as_str())).collect();
    let heads = ROUTES.iter().filter(|route| route.takes_head).map(|route| ("HEAD", route.path, route.function));
    let of_the_code: BTreeSet<_> =
        ROUTES.iter().map(|route| (route.method, route.path, route.function)).chain(heads).collect();
    assert_eq!(of_the_template, of_the_code);
    assert_eq!(routes.len(), of_the_code.len());
    assert_eq!(unmatched, "route-unmatched");
}

#[tokio::test]
async fn an_unknown_path_is_an_error_like_any_other() {
    let world = World::new().await;
    for path in [
        "/session",
        "/Sessions",
        "/sessions/a/b",
        "//sessions",
        "//sessions/",
        "/oauth2/callback/",
        "/%00",
        "/.env",
        "/oauth2/token",
    ] {
        let answer = world.get(path, &[]).await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "NotFound"), "{path}");
    }
}

#[tokio::test]
async fn the_log_names_the_route_and_never_the_path() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let id = "018f7a3b-1c2d-7e4f-8a5b-6c7d8e9fa0b1";
    let ended = anna.delete(&format!("/sessions/{id}")).await;
    let unmatched = world.get("/nobodys-path-to-the-log", &[]).await;
    let wrong_method = Answer::of(world.http.put(world.url("/sessions/nobodys-path-to-the-log"))).await;
    let head = Answer::of(world.http.head(world.url("/sessions/@me"))).await;
    assert_eq!(head.status, 401);

    for (answer, route, status) in
        [(ended, "DELETE /sessions/{session_id}", 404), (unmatched, "unmatched", 404), (wrong_method, "unmatched", 405)]
    {
        let lines = logged_lines(answer.json()["request_id"].as_str().unwrap());
        assert_eq!((answer.status, lines.len()), (status, 1), "{lines:#?}");
        let line: Value = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!((&line["route"], &line["message"]), (&json!(route), &json!(format!("{route} {status}"))));
    }
    assert!(!logged_lines("\"message\":\"HEAD /sessions/@me 401\"").is_empty());
    for path in [id, "nobodys-path-to-the-log"] {
        assert_eq!(logged_lines(path), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_known_path_names_its_methods() {
    let world = World::new().await;
    for (path, allow) in [
        ("/sessions", "GET, HEAD, POST, DELETE"),
        ("/sessions/@me", "GET, HEAD, DELETE"),
        ("/oauth2", "POST"),
        ("/oauth2/authorize", "GET, HEAD"),
        ("/oauth2/callback", "GET"),
        ("/sessions/018f0000-0000-7000-8000-000000000000", "DELETE"),
    ] {
        for method in ["PUT", "PATCH", "OPTIONS", "TRACE", "BREW"] {
            let answer =
                Answer::of(world.http.request(Method::from_bytes(method.as_bytes()).unwrap(), world.url(path))).await;
            assert_eq!((answer.status, answer.code().as_str()), (405, "MethodNotAllowed"), "{method} {path}");
            assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
        }
    }
    let answer = Answer::of(world.http.get(world.url("/oauth2"))).await;
    expect![[r#"405 {"code":"MethodNotAllowed","message":"Method not allowed. Allowed: POST."}"#]]
        .assert_eq(&answer.text());
}

#[tokio::test]
async fn a_method_is_what_the_request_line_says() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let request = world.http.get(world.url("/sessions?_method=DELETE")).bearer_auth(&anna.token);
    let request = request
        .header("x-http-method-override", "DELETE")
        .header("x-method-override", "DELETE")
        .header("x-http-method", "DELETE");
    assert_eq!(Answer::of(request).await.status, 200);
    assert!(anna.is_signed_in().await);
}

#[tokio::test]
async fn head_answers_as_get_without_a_body() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    for path in [
        "/",
        "/docs",
        "/portal",
        "/sessions/@me",
        "/users/@me/guilds",
        "/app",
        "/permissions",
        "/openapi.json",
        "/health",
        "/robots.txt",
        "/favicon.ico",
        "/assets/0/style.css",
        "/oauth2/authorize?redirect_uri=https%3A%2F%2Fevil.example",
        "/oauth2/authorize?return_to=%2Fportal",
        "/portal/",
        "/no/such/path",
    ] {
        let ask = |method| Answer::of(world.http.request(method, world.url(path)).bearer_auth(&anna.token));
        let (get, head) = (ask(Method::GET).await, ask(Method::HEAD).await);
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(head.body, "", "{path}");
        for name in ["content-type", "cache-control", "www-authenticate"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
    }
    for (path, allow) in [("/oauth2/callback", "GET"), ("/oauth2", "POST")] {
        let head = Answer::of(world.http.head(world.url(path))).await;
        assert_eq!((head.status, head.header("allow"), head.body.as_str()), (405, Some(allow), ""), "{path}");
    }
}

#[tokio::test]
async fn a_slash_too_many_leads_to_the_path_that_was_meant() {
    let world = World::new().await;
    for (path, to) in [
        ("/portal/", "/portal"),
        ("/portal//?x=1&y=%2F", "/portal?x=1&y=%2F"),
        ("/sessions/@me/", "/sessions/@me"),
        ("/docs/", "/docs"),
    ] {
        let answer = world.get(path, &[]).await;
        assert_eq!((answer.status, answer.header("location")), (308, Some(to)), "{path}");
    }
    let anna = world.sign_in(ANNA).await;
    assert_eq!(anna.delete("/sessions/@me/").await.status, 404, "what changes something is not sent on");
    for path in ["//evil.example/", "//evil.example/portal/", "/\\evil.example/", "/login/"] {
        let answer = world.leaves_nothing(Answer::of(world.http.get(world.url(path)))).await;
        assert_eq!((answer.status, answer.header("location")), (404, None), "{path}");
    }
}

#[tokio::test]
async fn a_person_gets_a_page_where_a_program_gets_json() {
    let world = World::with(&[]).await;
    let (stranger, anna) = (world.browser(), world.browser_of(ANNA).await);
    for (path, status) in [
        ("/login", 404),
        ("/portal/x/y/z", 404),
        ("/oauth2", 405),
        ("/oauth2/authorize?redirect_uri=https%3A%2F%2Fevil.example", 403),
        ("/oauth2/authorize?return_to=%2F%2Fevil.example", 400),
        ("/oauth2/authorize?prompt=login", 400),
    ] {
        for (browser, is_signed_in) in [(&stranger, false), (&anna, true)] {
            let page = world.leaves_nothing(browser.visit(path)).await;
            assert_eq!(page.status, status, "{path}");
            assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
            assert_eq!(page.header("location"), None, "{path}");
            assert!(page.header("content-security-policy").is_some(), "{path}");
            assert_eq!(page.body.contains("Signed in as"), is_signed_in, "{path}: {}", page.body);
            assert!(page.body.contains(r#"href="/">Home</a>"#), "{path}");
        }
        for accept in ["*/*", "application/json", "application/json, text/plain, */*"] {
            let answer = Answer::of(world.http.get(world.url(path)).header("accept", accept)).await;
            assert_eq!(answer.header("content-type"), Some("application/json"), "{accept} {path}");
            assert!(answer.json()["code"].is_string(), "{accept} {path}");
        }
    }
    world.wire.forget();
    stranger.visit("/login").await;
    assert!(world.wire.calls().is_empty(), "who has no cookie is nobody");
    anna.visit("/login").await;
    assert_eq!(world.wire.calls().len(), 1);
}

#[tokio::test]
async fn browsers_and_robots_find_what_they_look_for_by_name() {
    let world = World::new().await;
    let icon = world.http.get(world.url("/favicon.ico")).send().await.unwrap();
    assert_eq!((icon.status().as_u16(), &icon.headers()["content-type"]), (200, &"image/x-icon".parse().unwrap()));
    assert_eq!(icon.bytes().await.unwrap()[..4], [0, 0, 1, 0], "an icon");
    let robots = world.get("/robots.txt", &[]).await;
    assert_eq!((robots.status, robots.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    assert!(robots.body.starts_with("User-agent: *\n") && robots.body.contains("\nDisallow: /\n"));
}

#[tokio::test]
async fn every_answer_says_that_other_sites_may_not_embed_it_but_the_public_ones() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let policy = |answer: &Answer| answer.header("cross-origin-resource-policy").unwrap_or_default().to_owned();
    for path in ["/openapi.json", "/permissions", "/health"] {
        assert_eq!(policy(&world.get(path, &[]).await), "cross-origin", "{path}");
    }
    for path in
        ["/", "/docs", "/no/such/path", "/sessions/@me", "/oauth2/authorize", "/oauth2/callback", "/portal", "/app"]
    {
        assert_eq!(policy(&world.get(path, &[]).await), "same-origin", "{path}");
        assert_eq!(policy(&anna.get(path).await), "same-origin", "{path}");
    }
    assert_eq!(policy(&anna.delete("/sessions/@me").await), "same-origin");
    let preflight = world.http.request(reqwest::Method::OPTIONS, world.url("/sessions/@me"));
    let preflight =
        preflight.header("origin", local::service::FRONT_END).header("access-control-request-method", "GET");
    assert_eq!(policy(&Answer::of(preflight).await), "same-origin");
    let large = world.http.post(world.url("/sessions")).body("x".repeat(11 << 20));
    assert_eq!(policy(&Answer::of(large).await), "same-origin");
}
