//! `GET /oauth2/authorize`

use local::stand_in::world::{ANNA, FAY};
use local::stand_in::{Route, users};
use serde_json::json;

use super::discord::{APP_REDIRECT, CHALLENGE, Discord, REDIRECT, scopes};

#[tokio::test]
async fn the_page_lists_every_user_and_the_requested_scopes() {
    let discord = Discord::new().await;

    let page = discord.authorize(&[("state", "\"><script>")]).await;

    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
    for user in users() {
        assert!(page.text.contains(&format!("name=\"as_user\" value=\"{}\"", user.id)), "{}", user.username);
    }
    for part in ["<code>identify</code>", "<code>guilds</code>", "value=\"cancel\"", "&quot;&gt;&lt;script&gt;"] {
        assert!(page.text.contains(part), "{part}");
    }
    assert!(!page.text.contains("<script>"));
}

#[tokio::test]
async fn a_user_is_sent_back_with_code_and_state() {
    let discord = Discord::new().await;

    let answer = discord.authorize(&[("as_user", &ANNA.to_string())]).await;

    assert!(answer.header("location").starts_with(&format!("{REDIRECT}?code=")));
    let params = answer.redirected_with();
    assert_eq!(params["state"], "a b&c");
    assert_eq!(params["code"].len(), 30);
    assert!(params["code"].bytes().all(|byte| byte.is_ascii_alphanumeric()));
}

#[tokio::test]
async fn the_page_stands_under_every_prefix() {
    let discord = Discord::new().await;

    for prefix in ["", "/api", "/api/v9", "/api/v10"] {
        let answer = discord.send(discord.request("GET", &format!("{prefix}/oauth2/authorize"))).await;
        assert_eq!(answer.status, 400, "{prefix}");
        assert!(answer.text.contains("Unknown application"), "{prefix}");
    }
    assert_eq!(discord.calls(Route::Authorize), 4);
}

#[tokio::test]
async fn prompt_none_asks_nobody_twice_in_one_browser_for_the_same() {
    let discord = Discord::new().await;
    let asked = |cookie: Option<String>, more: &'static [(&'static str, &'static str)]| {
        let discord = &discord;
        async move {
            let request = discord.authorization(more);
            discord.send(if let Some(cookie) = cookie { request.header("cookie", cookie) } else { request }).await
        }
    };
    let agreed = discord.authorize(&[("as_user", &ANNA.to_string())]).await;
    let cookie = agreed.header("set-cookie").split(';').next().unwrap().to_owned();

    let again = asked(Some(cookie.clone()), &[("prompt", "none")]).await;
    assert_eq!((again.status, again.redirected_with()["code"].len()), (302, 30));
    for (cookie, more) in [
        (None, &[("prompt", "none")][..]),
        (Some(cookie.clone()), &[("prompt", "consent")][..]),
        (Some(cookie.clone()), &[][..]),
        (Some("stand-in-discord-user=1".into()), &[("prompt", "none")][..]),
    ] {
        assert_eq!(asked(cookie, more).await.status, 200, "{more:?}");
    }
    discord.stand_in.remove_application(ANNA).unwrap();
    assert_eq!(asked(Some(cookie), &[("prompt", "none")]).await.status, 200, "what was taken back is asked for again");
}

#[tokio::test]
async fn cancel_sends_back_access_denied() {
    let discord = Discord::new().await;

    let answer = discord.authorize(&[("as_user", "cancel")]).await;

    let description = "error_description=The+resource+owner+or+authorization+server+denied+the+request";
    assert_eq!(answer.header("location"), format!("{REDIRECT}?error=access_denied&{description}&state=a+b%26c"));
}

#[tokio::test]
async fn an_untrusted_request_is_answered_with_a_page_and_never_redirected() {
    let discord = Discord::new().await;
    let anna = ANNA.to_string();
    let cases = [
        ("client_id", "1"),
        ("client_id", ""),
        ("redirect_uri", "http://localhost:3000/callback/"),
        ("redirect_uri", "http://localhost:3000/callback?x=1"),
        ("redirect_uri", "http://LOCALHOST:3000/callback"),
        ("redirect_uri", "https://evil.example/callback"),
        ("redirect_uri", APP_REDIRECT),
        ("as_user", "42"),
    ];

    for (name, value) in cases {
        let answer =
            discord.authorize(&[("as_user", anna.as_str()), (name, value)][usize::from(name == "as_user")..]).await;
        assert_eq!((answer.status, answer.header("location")), (400, ""), "{name}={value}");
    }
}

#[tokio::test]
async fn without_a_redirect_uri_the_first_registered_one_is_used() {
    let discord = Discord::new().await;

    let answer = discord.authorize(&[("redirect_uri", ""), ("as_user", &ANNA.to_string())]).await;

    assert!(answer.header("location").starts_with(REDIRECT));
}

type Changes<'a> = &'a [(&'a str, &'a str)];

#[tokio::test]
async fn a_bad_request_is_sent_back_with_its_error() {
    let discord = Discord::new().await;
    let cases: [(Changes<'_>, &str, &str); 8] = [
        (
            &[("scope", "identify everything")],
            "invalid_scope",
            "The requested scope is invalid, unknown, or malformed.",
        ),
        (&[("scope", "")], "invalid_scope", "The requested scope is invalid, unknown, or malformed."),
        (&[("response_type", "")], "invalid_request", "Missing response_type parameter."),
        (&[("response_type", "token")], "unsupported_response_type", "The stand-in knows response_type code only."),
        (
            &[("code_challenge", CHALLENGE), ("code_challenge_method", "plain")],
            "invalid_request",
            "Unsupported \"code_challenge_method\"",
        ),
        (&[("code_challenge", CHALLENGE)], "invalid_request", "Unsupported \"code_challenge_method\""),
        (
            &[("code_challenge", "short"), ("code_challenge_method", "S256")],
            "invalid_request",
            "Invalid \"code_challenge\"",
        ),
        (&[("code_challenge_method", "S256")], "invalid_request", "Invalid \"code_challenge\""),
    ];

    for (changes, error, description) in cases {
        let params = discord.authorize(changes).await.redirected_with();
        assert_eq!((params["error"].as_str(), params["error_description"].as_str()), (error, description));
        assert_eq!(params["state"], "a b&c", "{changes:?}");
    }
}

#[tokio::test]
async fn a_custom_scheme_is_redirected_to_with_pkce() {
    let discord = Discord::new().await;
    let anna = ANNA.to_string();

    let pkce = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let answer = discord.authorize(&[("redirect_uri", APP_REDIRECT), ("as_user", &anna), pkce[0], pkce[1]]).await;

    assert!(answer.header("location").starts_with("guildpass://callback?code="), "{}", answer.header("location"));
}

#[tokio::test]
async fn scopes_accumulate_until_grant_scopes_sets_them() {
    let discord = Discord::new().await;
    let granted = async |changes: &[(&str, &str)]| {
        let code = discord.code(FAY, changes).await;
        scopes(&discord.exchange(&code).await)
    };

    assert_eq!(granted(&[("scope", "identify")]).await, ["identify"]);
    assert_eq!(granted(&[("scope", "guilds")]).await, ["guilds", "identify"]);
    assert_eq!(granted(&[("grant_scopes", "identify")]).await, ["identify"]);
    assert_eq!(granted(&[("grant_scopes", "identify email guilds")]).await, ["email", "guilds", "identify"]);
    assert_eq!(granted(&[("grant_scopes", "")]).await, [""]);
}

#[tokio::test]
async fn grant_scopes_without_a_user_is_refused() {
    let discord = Discord::new().await;

    let answer = discord.authorize(&[("grant_scopes", "identify")]).await;

    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn another_method_is_not_allowed() {
    let discord = Discord::new().await;

    let answer = discord.send(discord.request("POST", "/oauth2/authorize")).await;

    answer.is(405, json!({ "message": "405: Method Not Allowed", "code": 0 }));
}
