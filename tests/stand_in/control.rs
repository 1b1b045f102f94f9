//! The control endpoint.

use local::stand_in::world::{ANNA, DAVE, FAY, LIGHTHOUSE};
use serde_json::json;

use super::discord::{BOT_TOKEN, CLIENT_ID, CLIENT_SECRET, Discord, permissions, unauthorized};

const FAULTS: &str = "/__control/faults";

#[tokio::test]
async fn a_switch_is_set_shown_replaced_and_cleared() {
    let discord = Discord::new().await;
    let reset = json!({ "route": "token", "fault": "reset", "times": 3 });
    let stall = json!({ "route": "token", "fault": { "stall": {} } });
    let shown = json!({ "route": "token", "fault": { "stall": { "seconds": 60 } }, "times": null });

    discord.control("PUT", FAULTS, &reset).await.is(200, json!({ "faults": [reset] }));
    discord.control("PUT", FAULTS, &stall).await.is(200, json!({ "faults": [shown] }));
    discord.get(FAULTS, "").await.is(200, json!({ "faults": [shown] }));
    discord.control("DELETE", FAULTS, &json!(null)).await.is(200, json!({ "faults": [] }));
}

#[tokio::test]
async fn a_bad_body_is_told_what_is_wrong_and_sets_nothing() {
    let discord = Discord::new().await;
    let cases = [
        (json!({ "route": "tokn", "fault": "reset" }), "route \"tokn\" is not one of authorize, token"),
        (json!({ "route": "token", "fault": "rest" }), "unknown variant `rest`, expected one of"),
        (json!({ "route": "token", "fault": { "garbled": {} } }), "missing field `form`"),
        (
            json!({ "route": "token", "fault": { "status": { "code": 404 } } }),
            "status code 404 is not one of 500 to 599",
        ),
        (json!({ "route": "token", "fault": { "stall": { "seconds": 61 } } }), "more than 60"),
        (json!({ "route": "token", "fault": "dead_tokens" }), "token takes no access token"),
        (json!({ "route": "token", "fault": "reset", "times": 0 }), "times is 0"),
        (json!({ "route": "token", "fault": "reset", "tims": 1 }), "unknown field `tims`"),
        (json!({ "fault": "reset" }), "missing field `route`"),
    ];

    for (body, message) in cases {
        let answer = discord.control("PUT", FAULTS, &body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.json()["error"].as_str().unwrap().contains(message), "{}", answer.text);
    }
    let broken = discord.send(discord.request("PUT", FAULTS).body("{")).await;
    assert_eq!(broken.status, 400);
    assert!(discord.stand_in.faults().list().is_empty());
}

#[tokio::test]
async fn settings_are_replaced_and_reset() {
    let discord = Discord::new().await;
    let default = json!({ "strict_user_agent": false, "rate_limit": { "requests": 10000, "window_seconds": 10 } });
    let path = "/__control/settings";

    let strict = json!({ "strict_user_agent": true, "rate_limit": { "requests": 5 } });
    let shown = json!({ "strict_user_agent": true, "rate_limit": { "requests": 5, "window_seconds": 10 } });
    discord.get(path, "").await.is(200, default.clone());
    discord.control("PUT", path, &strict).await.is(200, shown);
    assert_eq!(discord.control("PUT", path, &json!({ "strict": true })).await.status, 400);
    discord.control("DELETE", path, &json!(null)).await.is(200, default);
}

#[tokio::test]
async fn a_user_removes_the_application() {
    let discord = Discord::new().await;
    let (access, refresh) = discord.sign_in(ANNA, "identify").await;
    let body = json!({ "user_id": ANNA.to_string() });

    discord.control("POST", "/__control/revoke", &body).await.is(200, json!({ "revoked": true }));
    discord.control("POST", "/__control/revoke", &body).await.is(200, json!({ "revoked": false }));

    discord.get("/api/users/@me", &access).await.is(401, unauthorized());
    assert_eq!(discord.refresh(&refresh).await.json()["error"], "invalid_grant");
    for bad in [json!({ "user_id": 1 }), json!({ "user_id": "x" }), json!({})] {
        assert_eq!(discord.control("POST", "/__control/revoke", &bad).await.status, 400);
    }
}

#[tokio::test]
async fn a_member_is_promoted_demoted_and_removed() {
    let discord = Discord::new().await;
    let (access, _) = discord.sign_in(DAVE, "guilds").await;
    let guilds = async || discord.get("/api/users/@me/guilds", &access).await.json();
    let set = async |permissions| {
        let body =
            json!({ "guild_id": LIGHTHOUSE.to_string(), "user_id": DAVE.to_string(), "permissions": permissions });
        discord.control("PUT", "/__control/member", &body).await.is(200, json!({}));
    };
    let plain = permissions(&guilds().await[0]);

    set(Some("32")).await;
    assert_eq!(guilds().await[0]["permissions"], (plain | 32).to_string());
    set(Some("0")).await;
    assert_eq!(guilds().await[0]["permissions"], plain.to_string());
    set(None).await;
    assert_eq!(guilds().await, json!([]));

    let unknown = json!({ "guild_id": "1", "user_id": FAY.to_string(), "permissions": "0" });
    assert_eq!(discord.control("PUT", "/__control/member", &unknown).await.status, 400);
}

#[tokio::test]
async fn requests_are_counted_by_route() {
    let discord = Discord::new().await;
    discord.sign_in(ANNA, "identify").await;
    discord.get("/api/v9/users/@me", "dead").await;

    let counted = discord.get("/__control/requests", "").await.json();

    let expected = json!({
        "authorize": 1, "token": 1, "revoke": 0, "identify": 1, "guilds": 0,
        "connections": 0, "authorization": 0, "member": 0, "join": 0,
    });
    assert_eq!(counted, expected);
}

#[tokio::test]
async fn scripts_are_told_which_application_may_sign_in() {
    let discord = Discord::new().await;

    let application = discord.get("/__control/application", "").await.json();

    assert_eq!((&application["client_id"], &application["client_secret"]), (&json!(CLIENT_ID), &json!(CLIENT_SECRET)));
    assert_eq!(
        (&application["bot_token"], application["redirect_uris"].as_array().unwrap().len()),
        (&json!(BOT_TOKEN), 2)
    );
}
