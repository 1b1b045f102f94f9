//! Credentials: how one is presented, and what is refused before anything is read.

use aws_sdk_dynamodb::types::AttributeValue;
use expect_test::expect;
use serde_json::json;
use shared::domain::{SessionId, SessionType, Token, UserId};

use crate::world::*;

#[tokio::test]
async fn the_scheme_may_be_left_out_or_written_in_any_case() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    for authorization in [
        anna.token.clone(),
        format!("Bearer {}", anna.token),
        format!("bearer {}", anna.token),
        format!("BEARER {}", anna.token),
    ] {
        assert_eq!(world.get_with("/sessions/@me", &authorization).await.status, 200);
    }
}

#[tokio::test]
async fn without_a_token_the_answer_says_how_to_send_one() {
    let world = World::new().await;
    let answer = world.get("/sessions/@me", &[]).await;
    expect![[
        r#"401 {"code":"NoAuthToken","message":"Requires authentication: send `Authorization: Bearer <token>`."}"#
    ]]
    .assert_eq(&answer.text());
    assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"guildpass\""));
    assert_eq!(world.get_with("/sessions/@me", "").await.code(), "NoAuthToken");
}

#[tokio::test]
async fn whatever_is_no_live_token_gets_one_answer() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let ended = world.sign_in(ANNA).await;
    ended.delete("/sessions/@me").await;
    let hash = world.item(ANNA, &format!("session#{}", anna.session_id)).await.unwrap()["token_hash"]
        .as_b()
        .unwrap()
        .as_ref()
        .to_vec();
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let someone_new =
        Token::for_session(SessionType::Login, UserId::new(42), SessionId::new(Default::default(), [1; 10]), [2; 32]);
    let guessed = Token::for_session(SessionType::Login, UserId::new(ANNA), anna.session_id.parse().unwrap(), [3; 32]);
    let wrong_kind = Token::for_session(SessionType::Api, UserId::new(ANNA), anna.session_id.parse().unwrap(), [3; 32]);

    world.wire.forget();
    for text in [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Bearer  {}", anna.token),
        format!("Bearer\t{}", anna.token),
        format!("Basic {}", anna.token),
        format!("Token {}", anna.token),
        format!("{} {}", anna.token, anna.token),
        format!("\"{}\"", anna.token),
        anna.session_id.clone(),
        hex,
        anna.token[..74].to_owned(),
        format!("{}0", anna.token),
        anna.token.replacen("gpl_", "gpa_", 1),
        anna.token.replacen("gpl_", "GPL_", 1),
        anna.token.to_lowercase(),
        anna.token
            .chars()
            .map(|char| if char.is_ascii_lowercase() { char.to_ascii_uppercase() } else { char.to_ascii_lowercase() })
            .collect(),
        "x".repeat(9000),
        "gpl_".to_owned() + &"0".repeat(71),
    ] {
        assert_refused(&world, &text).await;
    }
    assert!(world.wire.calls().is_empty(), "malformed tokens cost no call");

    for token in [&ended.token, someone_new.reveal(), guessed.reveal(), wrong_kind.reveal()] {
        assert_refused(&world, &format!("Bearer {token}")).await;
    }
    assert!(anna.is_signed_in().await);
}

async fn assert_refused(world: &World, authorization: &str) {
    let answer = world.get_with("/sessions/@me", authorization).await;
    assert_eq!(
        answer.text(),
        r#"401 {"code":"InvalidToken","message":"The token is not valid."}"#,
        "{authorization:.80}"
    );
    assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"guildpass\", error=\"invalid_token\""));
}

#[tokio::test]
async fn two_credentials_are_one_too_many() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let cookie = format!("__Host-guildpass={}", anna.token);
    let bearer = format!("Bearer {}", anna.token);
    let get = || world.http.get(world.url("/sessions/@me"));
    for request in [
        get().header("authorization", &bearer).header("authorization", &bearer),
        get().header("authorization", format!("{bearer},{bearer}")),
        get().header("authorization", format!("{bearer}, Basic eDp5")),
        get().header("authorization", &bearer).header("cookie", &cookie),
        get().header("cookie", format!("{cookie}; {cookie}")),
        get().header("cookie", &cookie).header("cookie", &cookie),
    ] {
        let answer = Answer::of(request).await;
        assert_eq!((answer.status, &answer.json()["field"]), (400, &json!("authorization")), "{}", answer.text());
    }
    let other_cookies =
        get().header("authorization", &bearer).header("cookie", "theme=dark; guildpas=x; __Host-other=y");
    assert_eq!(Answer::of(other_cookies).await.status, 200);
}

#[tokio::test]
async fn the_bytes_of_other_cookies_change_nothing() {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let mut runner = TestRunner::deterministic();
    // What HTTP lets through in a header: everything but control characters.
    let byte = prop_oneof![Just(b'='), Just(b'"'), Just(b' '), Just(b'\t'), Just(b'_'), 32_u8..127, 128_u8..=255];
    let foreign = proptest::collection::vec(byte.prop_filter("ends the cookie", |byte| *byte != b';'), 0..40);
    for name in ["guildpass", "__Host-guildpass"] {
        for _ in 0..100 {
            let (before, after) = (foreign.new_tree(&mut runner).unwrap(), foreign.new_tree(&mut runner).unwrap());
            let ours = format!("{name}={}", anna.token).into_bytes();
            let header = [before.current(), ours, after.current()].join(&b"; "[..]);
            let header = reqwest::header::HeaderValue::from_bytes(&header).unwrap();
            let answer = Answer::of(world.http.get(world.url("/sessions/@me")).header("cookie", &header)).await;
            assert_eq!(answer.status, 200, "{header:?}");
        }
    }
    for cookie in ["name=Zoë; guildpass=", "guildpass", "guildpass2=x; guildpas=y", "Guildpass=x"] {
        let answer = Answer::of(world.http.get(world.url("/sessions/@me")).header("cookie", cookie)).await;
        assert_eq!(answer.code(), "NoAuthToken", "{cookie}");
    }
}

#[tokio::test]
async fn a_token_is_looked_for_nowhere_else() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    for name in ["token", "access_token", "authorization"] {
        assert_eq!(world.get("/sessions/@me", &[(name, &anna.token)]).await.code(), "NoAuthToken");
    }
    let in_body =
        world.http.delete(world.url("/sessions")).json(&json!({"token": anna.token, "access_token": anna.token}));
    assert_eq!(Answer::of(in_body).await.code(), "NoAuthToken");
    let in_headers = world
        .http
        .get(world.url("/sessions/@me"))
        .header("x-authorization", &anna.token)
        .header("x-api-key", &anna.token);
    assert_eq!(Answer::of(in_headers).await.code(), "NoAuthToken");
}

#[tokio::test]
async fn a_cookie_from_another_sites_page_changes_nothing() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let cookie = format!("theme=dark; __Host-guildpass={}", anna.token);
    let own = world.url("");
    let delete = |origin: Option<&str>| {
        let request = world.http.delete(world.url("/sessions")).header("cookie", &cookie);
        match origin {
            Some(origin) => request.header("origin", origin),
            None => request,
        }
    };
    let by_address = own.clone();
    let own = format!("http://localhost:{}", world.service.api.port());
    for origin in [
        None,
        Some("null"),
        Some("https://evil.example"),
        Some(&*format!("{own}.evil.example")),
        Some(&*format!("{own}/")),
        Some(&*by_address),
        Some(""),
    ] {
        let answer = Answer::of(delete(origin)).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "CrossOrigin"), "{origin:?}");
    }
    assert!(anna.is_signed_in().await);
    let read = world.http.get(world.url("/sessions/@me")).header("cookie", &cookie);
    assert_eq!(Answer::of(read).await.status, 200, "reading needs no origin");
    let bearer = world
        .http
        .delete(world.url("/sessions"))
        .bearer_auth(&world.sign_in(ANNA).await.token)
        .header("origin", "https://front.example");
    assert_eq!(Answer::of(bearer).await.status, 204, "a header is sent on purpose");

    let again = world.sign_in(ANNA).await;
    let cookie = format!("__Host-guildpass={}", again.token);
    let own_page = world.http.delete(world.url("/sessions")).header("cookie", cookie).header("origin", &own);
    assert_eq!(Answer::of(own_page).await.status, 204);
}

#[tokio::test]
async fn an_apps_token_is_no_users_session() {
    let world = World::new().await;
    let token = local::example::app_token();
    let answer = world.get_with("/sessions/@me", &format!("Bearer {}", token.reveal())).await;
    expect![[r#"403 {"code":"Restricted","message":"Requires a user's session, not an app's token."}"#]]
        .assert_eq(&answer.text());
    assert!(world.wire.calls().is_empty());
}

#[tokio::test]
async fn ten_thousand_random_tokens_cost_nothing() {
    let world = World::new().await;
    let alphabet: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect();
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % 62).unwrap()
    };
    for _ in 0..10_000 {
        let text: String = "gpl_".chars().chain((0..71).map(|_| alphabet[next()])).collect();
        let answer = world.get_with("/sessions/@me", &text).await;
        assert_eq!(answer.code(), "InvalidToken");
    }
    assert!(world.wire.calls().is_empty());
}

#[tokio::test]
async fn every_answer_has_the_headers_of_the_contract() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    for answer in [
        anna.get("/sessions/@me").await,
        world.get("/sessions/@me", &[]).await,
        world.get("/no/such/route", &[]).await,
        world.get("/oauth2/authorize", &[("redirect_uri", WEB)]).await,
        anna.delete("/sessions").await,
    ] {
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert!(answer.header("strict-transport-security").unwrap().starts_with("max-age="));
    }
}

#[tokio::test]
async fn a_hash_that_is_not_ours_opens_nothing() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let bens = world.item(BEN, &format!("session#{}", ben.session_id)).await.unwrap()["token_hash"].clone();
    world.set(ANNA, &format!("session#{}", anna.session_id), "token_hash", Some(bens)).await;
    assert!(!anna.is_signed_in().await);
    world
        .set(ANNA, &format!("session#{}", anna.session_id), "token_hash", Some(AttributeValue::B(vec![0; 31].into())))
        .await;
    assert!(!anna.is_signed_in().await);
}
