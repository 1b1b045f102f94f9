//! Routes: the template, the code and what is answered say the same.

use std::collections::BTreeSet;

use expect_test::expect;
use local::template::Template;
use reqwest::Method;
use shared::http::ROUTES;

use crate::world::*;

#[test]
fn the_template_and_the_code_have_the_same_routes() {
    let (routes, unmatched) = Template::of_this_build().unwrap().routes().unwrap();
    let of_the_template: BTreeSet<_> =
        routes.iter().map(|route| (route.method.as_str(), route.path.as_str(), route.function.as_str())).collect();
    let of_the_code: BTreeSet<_> = ROUTES.iter().map(|route| (route.method, route.path, route.function)).collect();
    assert_eq!(of_the_template, of_the_code);
    assert_eq!(routes.len(), ROUTES.len());
    assert_eq!(unmatched, "route-unmatched");
}

#[tokio::test]
async fn an_unknown_path_is_an_error_like_any_other() {
    let world = World::new().await;
    for path in [
        "/session",
        "/sessions/",
        "/Sessions",
        "/sessions/a/b",
        "//sessions",
        "/sessions/@me/",
        "/%00",
        "/.env",
        "/oauth2/token",
    ] {
        let answer = world.get(path, &[]).await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "NotFound"), "{path}");
    }
}

#[tokio::test]
async fn a_known_path_names_its_methods() {
    let world = World::new().await;
    for (path, allow) in [
        ("/sessions", "GET, POST, DELETE"),
        ("/sessions/@me", "GET, DELETE"),
        ("/oauth2", "POST"),
        ("/oauth2/authorize", "GET"),
        ("/sessions/018f0000-0000-7000-8000-000000000000", "DELETE"),
    ] {
        for method in ["PUT", "PATCH", "OPTIONS", "TRACE", "BREW"] {
            let answer =
                Answer::of(world.http.request(Method::from_bytes(method.as_bytes()).unwrap(), world.url(path))).await;
            assert_eq!((answer.status, answer.code().as_str()), (405, "MethodNotAllowed"), "{method} {path}");
            assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
        }
        let head = Answer::of(world.http.head(world.url(path))).await;
        assert_eq!(head.status, 405, "HEAD {path}");
    }
    let answer = Answer::of(world.http.get(world.url("/oauth2"))).await;
    expect![[r#"405 {"code":"MethodNotAllowed","message":"This path does not take that method."}"#]]
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
