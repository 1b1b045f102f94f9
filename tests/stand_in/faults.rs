//! Every fault switch, as a client sees it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use local::stand_in::world::ANNA;
use local::stand_in::{BlockForm, Fault, GarbledForm, RateLimitForm, Route, Settings, Switch, Target};
use serde_json::json;

use super::discord::{Discord, pair, unauthorized};

const IDENTIFY: &str = "/api/users/@me";

#[tokio::test]
async fn a_switch_goes_off_after_its_times() {
    let discord = Discord::new().await;
    let (access, _) = discord.sign_in(ANNA, "identify").await;
    discord
        .switch(Switch { times: Some(2), ..Switch::always(Route::Identify, Fault::Status { code: 503, html: false }) });

    for status in [503, 503, 200] {
        assert_eq!(discord.get(IDENTIFY, &access).await.status, status);
    }
    assert_eq!(discord.calls(Route::Identify), 3);
}

#[tokio::test]
async fn a_switch_concerns_its_route_or_all_and_the_narrower_goes_first() {
    let discord = Discord::new().await;
    discord.switch(Switch::always(Target::Every, Fault::Status { code: 500, html: false }));
    discord.switch(Switch::once(Route::Guilds, Fault::Status { code: 502, html: false }));

    assert_eq!(discord.get("/api/users/@me/guilds", "x").await.status, 502);
    assert_eq!(discord.get("/api/users/@me/guilds", "x").await.status, 500);
    assert_eq!(discord.refresh("x").await.status, 500);
    discord.stand_in.faults().clear();
    assert_eq!(discord.get("/api/users/@me/guilds", "x").await.status, 401);
}

#[tokio::test]
async fn a_429_comes_with_any_retry_after() {
    let discord = Discord::new().await;

    for seconds in [82_721, -1, 0] {
        let fault = Fault::RateLimited { form: RateLimitForm::Json, retry_after: Some(seconds), global: false };
        discord.switch(Switch::once(Route::Token, fault));
        let answer = discord.refresh("x").await;
        answer.is(429, json!({ "message": "You are being rate limited.", "retry_after": seconds, "global": false }));
        assert_eq!(answer.header("retry-after"), seconds.to_string());
        assert_eq!((answer.header("x-ratelimit-scope"), answer.header("x-ratelimit-remaining")), ("user", "0"));
    }
}

#[tokio::test]
async fn a_429_may_be_global_bare_or_html() {
    let discord = Discord::new().await;
    let limited = async |form, retry_after, global| {
        discord.switch(Switch::once(Route::Guilds, Fault::RateLimited { form, retry_after, global }));
        discord.get("/api/users/@me/guilds", "x").await
    };

    let global = limited(RateLimitForm::Json, None, true).await;
    assert_eq!((global.header("x-ratelimit-global"), global.header("x-ratelimit-scope")), ("true", "global"));
    assert_eq!((global.header("x-ratelimit-bucket"), &global.json()["global"]), ("", &json!(true)));

    let bare = limited(RateLimitForm::NoHeaders, Some(5), false).await;
    assert_eq!((bare.status, bare.header("retry-after"), bare.header("x-ratelimit-limit")), (429, "", ""));
    assert_eq!(bare.json()["retry_after"], 5);

    for (retry_after, header) in [(None, ""), (Some(9), "9")] {
        let html = limited(RateLimitForm::Html, retry_after, false).await;
        assert_eq!((html.status, html.header("retry-after")), (429, header));
        assert!(html.header("content-type").starts_with("text/html") && html.text.starts_with("<html>"));
    }
}

#[tokio::test]
async fn a_5xx_comes_as_json_or_html() {
    let discord = Discord::new().await;

    discord.switch(Switch::once(Route::Identify, Fault::Status { code: 500, html: false }));
    discord.get(IDENTIFY, "x").await.is(500, json!({ "message": "500: Internal Server Error", "code": 0 }));
    discord.switch(Switch::once(Route::Identify, Fault::Status { code: 502, html: true }));
    let html = discord.get(IDENTIFY, "x").await;
    assert_eq!((html.status, html.text.starts_with("<html>")), (502, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_drops_the_connection_without_a_byte() {
    let discord = Discord::new().await;
    discord.switch(Switch::always(Route::Identify, Fault::Reset));
    let address = discord.address();

    let read = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(b"GET /api/users/@me HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        if let Err(error) = stream.read_to_end(&mut answer) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        }
        answer
    });

    assert_eq!(read.await.unwrap(), b"");
    assert!(discord.request("GET", IDENTIFY).send().await.is_err());
}

#[tokio::test]
async fn a_stall_outlasts_the_client() {
    let discord = Discord::new().await;
    discord.switch(Switch::always(Route::Identify, Fault::Stall { seconds: 60 }));

    let outcome = discord.request("GET", IDENTIFY).timeout(Duration::from_millis(200)).send().await;

    assert!(outcome.unwrap_err().is_timeout());
}

#[tokio::test]
async fn a_stall_ends_in_a_dropped_connection() {
    let discord = Discord::new().await;
    discord.switch(Switch::always(Route::Identify, Fault::Stall { seconds: 0 }));

    assert!(!discord.request("GET", IDENTIFY).send().await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn a_slow_body_arrives_byte_by_byte() {
    let discord = Discord::new().await;
    discord.switch(Switch::always(Route::Identify, Fault::SlowBody { every_ms: 1 }));

    let mut response = discord.request("GET", IDENTIFY).send().await.unwrap();

    let mut text = Vec::new();
    while let Some(chunk) = response.chunk().await.unwrap() {
        text.extend(chunk);
    }
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&text).unwrap(), unauthorized());
}

#[tokio::test]
async fn a_slow_body_outlasts_the_client() {
    let discord = Discord::new().await;
    discord.switch(Switch::always(Route::Identify, Fault::SlowBody { every_ms: 10_000 }));

    let mut response = discord.request("GET", IDENTIFY).send().await.unwrap();

    assert_eq!(response.status(), 401);
    let whole = async { while response.chunk().await.unwrap().is_some() {} };
    assert!(tokio::time::timeout(Duration::from_millis(300), whole).await.is_err(), "it is over");
}

#[tokio::test]
async fn a_garbled_answer_keeps_its_status() {
    let discord = Discord::new().await;
    let (access, _) = discord.sign_in(ANNA, "identify").await;
    let whole = discord.get(IDENTIFY, &access).await.text;
    let garbled = async |form| {
        discord.switch(Switch::once(Route::Identify, Fault::Garbled { form }));
        let answer = discord.get(IDENTIFY, &access).await;
        assert_eq!(answer.status, 200);
        answer
    };

    assert_eq!(garbled(GarbledForm::Truncated).await.text, whole[..whole.len() / 2]);
    let mistyped = garbled(GarbledForm::WrongContentType).await;
    assert_eq!((mistyped.header("content-type"), mistyped.text.as_str()), ("text/html; charset=utf-8", whole.as_str()));
    assert_eq!(garbled(GarbledForm::Object).await.text, "{}");
    assert_eq!(garbled(GarbledForm::Array).await.text, "[]");
    assert_eq!(garbled(GarbledForm::Null).await.text, "null");
}

#[tokio::test]
async fn an_oversized_body_is_100_megabytes() {
    let discord = Discord::new().await;
    discord.switch(Switch::always(Route::Guilds, Fault::Oversized));

    let mut response = discord.request("GET", "/api/users/@me/guilds").send().await.unwrap();

    let mut length = 0;
    while let Some(chunk) = response.chunk().await.unwrap() {
        length += chunk.len();
    }
    assert_eq!((response.status().as_u16(), length), (200, 100 * 1024 * 1024));
}

#[tokio::test]
async fn dead_tokens_open_nothing_and_come_back_to_life() {
    let discord = Discord::new().await;
    let (access, refresh) = discord.sign_in(ANNA, "identify guilds").await;
    discord.switch(Switch::always(Target::Every, Fault::DeadTokens));

    discord.get(IDENTIFY, &access).await.is(401, unauthorized());
    discord.get("/api/users/@me/guilds", &access).await.is(401, unauthorized());
    assert_eq!(discord.refresh(&refresh).await.status, 200, "the token endpoint takes no access token");
    discord.stand_in.faults().clear();
    assert_eq!(discord.get(IDENTIFY, &access).await.status, 200);
}

#[tokio::test]
async fn a_lost_reply_leaves_the_work_done() {
    let discord = Discord::new().await;
    let (_, refresh) = discord.sign_in(ANNA, "identify").await;
    let code = discord.code(ANNA, &[]).await;
    discord.switch(Switch::always(Route::Token, Fault::LostReply));
    let post = |name: &'static str, grant: &'static str, value: &str| {
        let form = [("grant_type", grant), (name, value), ("redirect_uri", super::discord::REDIRECT)];
        let request = discord.request("POST", "/api/oauth2/token").form(&form);
        request.basic_auth(super::discord::CLIENT_ID, Some(super::discord::CLIENT_SECRET)).send()
    };

    assert!(post("refresh_token", "refresh_token", &refresh).await.is_err());
    assert!(post("code", "authorization_code", &code).await.is_err());
    discord.stand_in.faults().clear();

    assert_eq!(discord.refresh(&refresh).await.json()["error"], "invalid_grant");
    assert_eq!(discord.exchange(&code).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn the_other_faults_do_no_work() {
    let discord = Discord::new().await;
    let code = discord.code(ANNA, &[]).await;
    discord.switch(Switch::once(Route::Token, Fault::Status { code: 503, html: false }));

    assert_eq!(discord.exchange(&code).await.status, 503);
    pair(&discord.exchange(&code).await);
}

#[tokio::test]
async fn a_cloudflare_block_comes_as_json_or_html() {
    let discord = Discord::new().await;

    discord.switch(Switch::once(Route::Token, Fault::CloudflareBlock { form: BlockForm::Json }));
    discord.refresh("x").await.is(403, json!({ "message": "internal network error", "code": 40333 }));
    discord.switch(Switch::once(Route::Token, Fault::CloudflareBlock { form: BlockForm::Html }));
    let html = discord.refresh("x").await;
    assert_eq!((html.status, html.text.starts_with("<html>")), (403, true));
}

#[tokio::test]
async fn a_strict_stand_in_wants_discords_user_agent() {
    let discord = Discord::new().await;
    let (access, _) = discord.sign_in(ANNA, "identify").await;
    discord.stand_in.faults().set_settings(Settings { strict_user_agent: true, ..Settings::default() });
    let as_agent = async |agent: &str| {
        discord.send(discord.request("GET", IDENTIFY).bearer_auth(&access).header("user-agent", agent)).await
    };

    for agent in ["curl/8.0", "DiscordBot", "DiscordBot ()", "DiscordBot (https://example.com)", "DiscordBot (, 1)"] {
        as_agent(agent).await.is(403, json!({ "message": "internal network error", "code": 40333 }));
    }
    assert_eq!(as_agent("DiscordBot (https://example.com, 0.1.0)").await.status, 200);
    assert_eq!(as_agent("DiscordBot (https://example.com, 0.1.0) guildpass").await.status, 200);
}

#[tokio::test]
async fn a_patch_changes_the_right_answer() {
    let discord = Discord::new().await;
    let (access, _) = discord.sign_in(ANNA, "identify").await;
    let patch = json!({"id": "1", "locale": null, "clan": {"tag": "SEA"}});
    discord.switch(Switch::once(Route::Identify, Fault::Patched { patch }));
    let answer = discord.get(IDENTIFY, &access).await.json();
    assert_eq!((&answer["id"], &answer["username"]), (&json!("1"), &json!("anna.lindqvist")));
    assert_eq!((answer.get("locale"), &answer["clan"]), (None, &json!({"tag": "SEA"})));
}
