//! `GET /oauth2/authorize`

use expect_test::expect;
use url::Url;

use crate::world::*;

async fn page(world: &World, query: &[(&str, &str)]) -> Url {
    let answer = world.get("/oauth2/authorize", query).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    Url::parse(answer.header("location").unwrap()).unwrap()
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn sends_the_browser_to_discord_with_all_it_was_given() {
    let world = World::new().await;
    let state = "front&end=1#ü %20";
    let query = [
        ("redirect_uri", APP),
        ("state", state),
        ("prompt", "none"),
        ("scope", "connections email"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let page = page(&world, &query).await;

    assert_eq!(page.path(), "/oauth2/authorize");
    assert_eq!(parameter(&page, "response_type").as_deref(), Some("code"));
    assert_eq!(parameter(&page, "client_id").as_deref(), Some(local::service::CLIENT_ID));
    assert_eq!(parameter(&page, "redirect_uri").as_deref(), Some(APP));
    assert_eq!(parameter(&page, "state").as_deref(), Some(state));
    assert_eq!(parameter(&page, "prompt").as_deref(), Some("none"));
    assert_eq!(parameter(&page, "scope").as_deref(), Some("connections email guilds identify"));
    assert_eq!(parameter(&page, "code_challenge").as_deref(), Some(CHALLENGE));
    assert_eq!(parameter(&page, "code_challenge_method").as_deref(), Some("S256"));
}

#[tokio::test]
async fn asks_for_nothing_that_was_not_asked_for() {
    let world = World::new().await;
    let page = page(&world, &[("redirect_uri", WEB)]).await;

    assert_eq!(parameter(&page, "scope").as_deref(), Some("guilds identify"));
    for name in ["state", "prompt", "code_challenge", "code_challenge_method"] {
        assert_eq!(parameter(&page, name), None, "{name}");
    }
}

#[tokio::test]
async fn an_oauth_client_may_send_what_it_always_sends() {
    let world = World::new().await;
    let page =
        page(&world, &[("response_type", "code"), ("client_id", "theirs"), ("redirect_uri", WEB), ("nonce", "1")])
            .await;

    assert_eq!(parameter(&page, "client_id").as_deref(), Some(local::service::CLIENT_ID));
    assert_eq!(parameter(&page, "nonce"), None);
}

#[tokio::test]
async fn writes_nothing_and_asks_nobody() {
    let world = World::new().await;
    world.leaves_nothing(page(&world, &[("redirect_uri", WEB)])).await;
    assert!(world.wire.calls().is_empty());
}

#[tokio::test]
async fn a_redirect_uri_is_allowed_to_the_character_or_not_at_all() {
    let world = World::with(&[("REDIRECT_URIS", "web=https://trusted.example/cb?x=1&y=2")]).await;
    for uri in [
        "https://trusted.example/cb?x=1&y=2123",
        "https://trusted.example/cb123?x=1&y=2",
        "https://trusted.example/CB?x=1&y=2",
        "HTTPS://trusted.example/cb?x=1&y=2",
        "https://Trusted.example/cb?x=1&y=2",
        "https://trusted.example/cb?x=1&y=2&z=3",
        "https://trusted.example/cb?y=2&x=1",
        "https://trusted.example/cb/?x=1&y=2",
        "https://trusted.example./cb?x=1&y=2",
        "https://trusted.example:443/cb?x=1&y=2",
        "http://trusted.example/cb?x=1&y=2",
        "https:trusted.example/cb?x=1&y=2",
        "//trusted.example/cb?x=1&y=2",
        "/\\evil.example",
        "https://trusted.example/cb?x=1&y=2#",
        "https://trusted.example@evil.example",
        "https://evil.example/https://trusted.example/cb?x=1&y=2",
        "https://trusted.\texample/cb?x=1&y=2",
        " https://trusted.example/cb?x=1&y=2",
        "https://trusted.example/cb?x=1&y=2 ",
        "https://trusted.example/cb?x=1&y=2\0",
        "javascript:alert(1)",
        "",
    ] {
        let answer = world.get("/oauth2/authorize", &[("redirect_uri", uri)]).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "Restricted"), "{uri:?}");
        assert_eq!(answer.header("location"), None, "{uri:?}");
    }
    page(&world, &[("redirect_uri", "https://trusted.example/cb?x=1&y=2")]).await;
}

#[tokio::test]
async fn what_is_malformed_is_named() {
    let world = World::new().await;
    let long = "s".repeat(513);
    let challenge =
        |method| vec![("redirect_uri", WEB), ("code_challenge", CHALLENGE), ("code_challenge_method", method)];
    let padded = format!("{}=", &CHALLENGE[..42]);
    for (query, field) in [
        (vec![("return_to", "/"), ("return_to", "/")], "return_to"),
        (vec![("redirect_uri", WEB), ("redirect_uri", WEB)], "redirect_uri"),
        (vec![("redirect_uri", WEB), ("state", "1"), ("state", "2")], "state"),
        (vec![("redirect_uri", WEB), ("state", &long)], "state"),
        (vec![("redirect_uri", WEB), ("prompt", "login")], "prompt"),
        (vec![("redirect_uri", WEB), ("prompt", "")], "prompt"),
        (vec![("redirect_uri", WEB), ("scope", "bot")], "scope"),
        (vec![("redirect_uri", WEB), ("scope", "identify  guilds")], "scope"),
        (challenge("plain"), "code_challenge_method"),
        (challenge("s256"), "code_challenge_method"),
        (challenge(""), "code_challenge_method"),
        (vec![("redirect_uri", WEB), ("code_challenge", CHALLENGE)], "code_challenge_method"),
        (vec![("redirect_uri", WEB), ("code_challenge_method", "S256")], "code_challenge"),
        (vec![("redirect_uri", WEB), ("code_challenge", &padded), ("code_challenge_method", "S256")], "code_challenge"),
        (vec![("redirect_uri", APP)], "code_challenge"),
    ] {
        let answer = world.get("/oauth2/authorize", &query).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "BadRequest"), "{query:?}");
        assert_eq!(answer.json()["field"], field, "{query:?}");
    }
}

#[tokio::test]
async fn a_state_that_is_not_utf8_is_refused_rather_than_changed() {
    let world = World::new().await;
    let answer =
        Answer::of(world.http.get(world.url(&format!("/oauth2/authorize?redirect_uri={WEB}&state=%FF")))).await;
    expect![[r#"400 {"code":"BadRequest","field":"state","message":"`state` must be percent-encoded UTF-8."}"#]]
        .assert_eq(&answer.text());
}

#[tokio::test]
async fn a_state_of_512_characters_comes_back_from_discord_untouched() {
    let world = World::new().await;
    let state = "ß".repeat(511) + "+";
    let mut page = page(&world, &[("redirect_uri", WEB), ("state", &state)]).await;
    page.query_pairs_mut().append_pair("as_user", &ANNA.to_string());
    let back = world.http.get(page).send().await.unwrap();
    let back = Url::parse(back.headers()["location"].to_str().unwrap()).unwrap();
    assert_eq!(parameter(&back, "state"), Some(state));
}

#[tokio::test]
async fn a_scope_that_no_endpoint_uses_is_offered_by_configuration_alone() {
    let members = [("redirect_uri", WEB), ("scope", "guilds.members.read")];
    assert_eq!(World::new().await.get("/oauth2/authorize", &members).await.json()["field"], "scope");
    page(&World::with(&[("DISCORD_SCOPES", "guilds.members.read")]).await, &members).await;
}

#[tokio::test]
async fn the_operator_says_which_scopes_may_be_asked_for() {
    let world = World::with(&[("DISCORD_SCOPES", "email")]).await;
    page(&world, &[("redirect_uri", WEB), ("scope", "email")]).await;
    let answer = world.get("/oauth2/authorize", &[("redirect_uri", WEB), ("scope", "connections")]).await;
    assert_eq!(answer.json()["field"], "scope");
}
