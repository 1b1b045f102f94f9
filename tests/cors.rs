//! CORS at the local gateway: scripts of the front end may call with a token, nobody else's, and never with a cookie.

use local::service::FRONT_END;
use reqwest::Method;

use crate::world::*;

const ELSEWHERE: [&str; 6] = [
    "http://evil.example",
    "http://localhost:3001",
    "https://localhost:3000",
    "http://localhost:3000.evil.example",
    "http://LOCALHOST:3000",
    "null",
];

async fn preflight(world: &World, origin: &str, path: &str) -> Answer {
    let request = world.http.request(Method::OPTIONS, world.url(path)).header("origin", origin);
    let request = request.header("access-control-request-method", "DELETE");
    Answer::of(request.header("access-control-request-headers", "authorization,content-type")).await
}

fn said(answer: &Answer) -> Vec<String> {
    let names = answer.headers.keys().map(|name| name.to_string());
    names.filter(|name| name.starts_with("access-control-")).collect()
}

#[tokio::test]
async fn the_gateway_answers_preflights_without_a_function() {
    let world = World::new().await;
    for path in ["/sessions/@me", "/sessions", "/oauth2", "/no/such/path"] {
        let answer = preflight(&world, FRONT_END, path).await;
        assert_eq!((answer.status, answer.text().as_str()), (204, "204 "), "{path}");
        for (name, value) in [
            ("access-control-allow-origin", FRONT_END),
            ("access-control-allow-methods", "GET,HEAD,POST,PUT,PATCH,DELETE"),
            ("access-control-allow-headers", "authorization,content-type,traceparent,tracestate,baggage,sentry-trace"),
            ("access-control-max-age", "7200"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        assert_eq!(answer.header("access-control-allow-credentials"), None, "cookies never go along");
        assert_eq!(answer.header("cache-control"), None, "no function answered");
    }
    assert!(world.wire.calls().is_empty());
}

#[tokio::test]
async fn another_origin_is_allowed_nothing() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    for origin in ELSEWHERE {
        let answer = preflight(&world, origin, "/sessions/@me").await;
        assert_eq!((answer.status, said(&answer)), (204, vec![]), "{origin}");
        let request = world.http.get(world.url("/sessions/@me")).bearer_auth(&anna.token).header("origin", origin);
        let answer = Answer::of(request).await;
        assert_eq!((answer.status, said(&answer)), (200, vec![]), "{origin}: not for its script to read");
    }
}

#[tokio::test]
async fn the_front_end_reads_answers_and_refusals() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    for (token, status) in [(anna.token.as_str(), 200), ("garbage", 401)] {
        let request = world.http.get(world.url("/sessions/@me")).bearer_auth(token).header("origin", FRONT_END);
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, status);
        assert_eq!(said(&answer), ["access-control-allow-origin", "access-control-expose-headers"]);
        assert_eq!(answer.header("access-control-allow-origin"), Some(FRONT_END));
        assert_eq!(answer.header("access-control-expose-headers"), Some("retry-after,www-authenticate"));
    }
}

#[tokio::test]
async fn what_is_no_preflight_is_a_request_like_any_other() {
    let world = World::new().await;
    let options = || world.http.request(Method::OPTIONS, world.url("/sessions"));
    for request in
        [options(), options().header("origin", FRONT_END), options().header("access-control-request-method", "DELETE")]
    {
        let answer = Answer::of(request).await;
        assert_eq!((answer.status, answer.code().as_str()), (405, "MethodNotAllowed"));
    }
    let request = world.http.get(world.url("/sessions")).header("origin", FRONT_END);
    let answer = Answer::of(request.header("access-control-request-method", "DELETE")).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "NoAuthToken"));
}
