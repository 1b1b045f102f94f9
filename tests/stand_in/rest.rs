//! The REST routes that an access token opens.

use local::stand_in::world::{ANNA, BEN, CARA, DAVE, EMIL, FAY, LIGHTHOUSE};
use local::stand_in::{RateLimit, Route, Settings, users};
use serde_json::{Value, json};

use super::discord::{BOT_TOKEN, CLIENT_ID, Discord, permissions, unauthorized};

const ROUTES: [&str; 5] =
    ["/users/@me", "/users/@me/guilds", "/users/@me/connections", "/oauth2/@me", "/users/@me/guilds/1/member"];
const ADMINISTRATOR: u64 = 8;
const MANAGE_GUILD: u64 = 32;

#[tokio::test]
async fn without_a_live_token_every_route_answers_401() {
    let discord = Discord::new().await;

    for route in ROUTES {
        discord.get(&format!("/api{route}"), "dead").await.is(401, unauthorized());
        discord.send(discord.request("GET", &format!("/api{route}"))).await.is(401, unauthorized());
    }
}

#[tokio::test]
async fn without_the_scope_a_route_answers_401() {
    let discord = Discord::new().await;
    let (access, _) = discord.sign_in(ANNA, "openid").await;

    for route in ROUTES.into_iter().filter(|route| *route != "/oauth2/@me") {
        discord.get(&format!("/api{route}"), &access).await.is(401, unauthorized());
    }
}

#[tokio::test]
async fn the_same_routes_answer_under_every_version_and_with_an_encoded_at() {
    let discord = Discord::new().await;
    let (access, _) = discord.sign_in(ANNA, "identify guilds connections").await;

    for version in ["/api", "/api/v9", "/api/v10"] {
        for route in &ROUTES[..4] {
            let plain = discord.get(&format!("{version}{route}"), &access).await;
            let encoded = discord.get(&format!("{version}{}", route.replace('@', "%40")), &access).await;
            assert_eq!((plain.status, encoded.status), (200, 200), "{version}{route}");
            assert_eq!(plain.json(), encoded.json());
        }
    }
}

#[tokio::test]
async fn every_seeded_user_sees_themselves() {
    let discord = Discord::new().await;

    for user in users() {
        let (access, _) = discord.sign_in(user.id, "identify").await;
        let oneself = discord.get("/api/v10/users/@me", &access).await.json();
        assert_eq!(oneself["id"], user.id.to_string());
        assert_eq!((&oneself["username"], &oneself["global_name"]), (&json!(user.username), &json!(user.global_name)));
        assert!(oneself.get("email").is_none());
    }
}

#[tokio::test]
async fn avatar_and_email_are_as_seeded() {
    let discord = Discord::new().await;
    let (anna, _) = discord.sign_in(ANNA, "identify email").await;
    let (fay, _) = discord.sign_in(FAY, "identify").await;

    let (anna, fay) =
        (discord.get("/api/users/@me", &anna).await.json(), discord.get("/api/users/@me", &fay).await.json());

    assert!(anna["avatar"].as_str().unwrap().starts_with("a_"));
    assert_eq!((&anna["email"], &anna["verified"]), (&json!("anna.lindqvist@example.com"), &json!(true)));
    assert_eq!((&fay["avatar"], &fay["global_name"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn each_user_has_their_own_standing_in_lighthouse() {
    let discord = Discord::new().await;
    let cases = [
        (ANNA, true, ADMINISTRATOR | MANAGE_GUILD),
        (BEN, false, ADMINISTRATOR),
        (CARA, false, MANAGE_GUILD),
        (DAVE, false, 0),
    ];

    for (user, owner, rights) in cases {
        let (access, _) = discord.sign_in(user, "guilds").await;
        let guilds = discord.get("/api/users/@me/guilds", &access).await.json();
        let [guild] = &guilds.as_array().unwrap()[..] else { panic!("{guilds}") };
        assert_eq!((&guild["id"], &guild["owner"]), (&json!(LIGHTHOUSE.to_string()), &json!(owner)));
        assert_eq!(permissions(guild) & (ADMINISTRATOR | MANAGE_GUILD), rights);
        assert!(guild.get("approximate_member_count").is_none());
    }
}

#[tokio::test]
async fn emil_has_200_guilds_of_100_characters_and_a_permission_beyond_javascript() {
    let discord = Discord::new().await;
    let (access, _) = discord.sign_in(EMIL, "guilds").await;

    let guilds = discord.get("/api/users/@me/guilds", &access).await.json();

    let guilds = guilds.as_array().unwrap();
    assert_eq!(guilds.len(), 200);
    assert!(guilds.iter().all(|guild| guild["name"].as_str().unwrap().chars().count() == 100));
    assert!(guilds.iter().any(|guild| permissions(guild) > 1 << 53));
    assert!(guilds.iter().any(|guild| guild["owner"] == true));
    assert!(guilds.is_sorted_by_key(|guild| guild["id"].as_str().unwrap().parse::<u64>().unwrap()));
}

#[tokio::test]
async fn fay_has_no_guilds_and_no_connections() {
    let discord = Discord::new().await;
    let (access, _) = discord.sign_in(FAY, "guilds connections").await;

    discord.get("/api/users/@me/guilds", &access).await.is(200, json!([]));
    discord.get("/api/users/@me/connections", &access).await.is(200, json!([]));
}

#[tokio::test]
async fn guilds_are_paged_in_both_directions() {
    let discord = Discord::new().await;
    let (access, _) = discord.sign_in(EMIL, "guilds").await;
    let ids = async |query: &str| -> Vec<String> {
        let guilds = discord.get(&format!("/api/users/@me/guilds?{query}"), &access).await.json();
        guilds.as_array().unwrap().iter().map(|guild| guild["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = ids("").await;

    assert_eq!(ids("limit=2").await, all[..2]);
    assert_eq!(ids(&format!("after={}&limit=3", all[1])).await, all[2..5]);
    assert_eq!(ids(&format!("before={}&limit=3", all[10])).await, all[7..10]);
    assert_eq!(ids(&format!("after={}&before={}", all[1], all[4])).await, all[2..4]);
    assert!(ids(&format!("after={}", all[199])).await.is_empty());
}

#[tokio::test]
async fn a_bad_query_names_its_field() {
    let discord = Discord::new().await;
    let (access, _) = discord.sign_in(EMIL, "guilds").await;

    for (field, value) in
        [("limit", "0"), ("limit", "201"), ("limit", "x"), ("with_counts", "yes"), ("after", "-1"), ("before", "x")]
    {
        let answer = discord.get(&format!("/api/users/@me/guilds?{field}={value}"), &access).await;
        let body = answer.json();
        assert_eq!((answer.status, &body["code"], &body["message"]), (400, &json!(50035), &json!("Invalid Form Body")));
        assert!(body["errors"][field]["_errors"][0]["code"].is_string(), "{field}={value}: {body}");
    }
}

#[tokio::test]
async fn counts_are_given_when_asked_for() {
    let discord = Discord::new().await;
    let (access, _) = discord.sign_in(DAVE, "guilds").await;

    for (text, given) in [("True", true), ("true", true), ("1", true), ("False", false), ("false", false), ("0", false)]
    {
        let guilds = discord.get(&format!("/api/users/@me/guilds?with_counts={text}"), &access).await.json();
        assert_eq!(guilds[0]["approximate_member_count"].is_u64(), given, "{text}");
    }
}

#[tokio::test]
async fn connections_are_listed() {
    let discord = Discord::new().await;
    let (access, _) = discord.sign_in(ANNA, "connections").await;

    let connections = discord.get("/api/users/@me/connections", &access).await.json();

    assert_eq!((&connections[0]["type"], &connections[0]["name"]), (&json!("github"), &json!("annalq")));
}

#[tokio::test]
async fn the_authorization_shows_the_user_only_with_identify() {
    let discord = Discord::new().await;
    let (with, _) = discord.sign_in(ANNA, "identify guilds").await;
    let (without, _) = discord.sign_in(BEN, "guilds").await;

    let (with, without) =
        (discord.get("/api/oauth2/@me", &with).await.json(), discord.get("/api/oauth2/@me", &without).await.json());

    assert_eq!((&with["application"]["id"], &with["user"]["id"]), (&json!(CLIENT_ID), &json!(ANNA.to_string())));
    assert_eq!(with["scopes"], json!(["guilds", "identify"]));
    assert_eq!(with["expires"], "2025-06-22T15:06:40.000000+00:00");
    assert!(without.get("user").is_none());
}

#[tokio::test]
async fn a_member_sees_their_membership() {
    let discord = Discord::new().await;
    let (access, _) = discord.sign_in(BEN, "guilds.members.read").await;
    let member = async |guild: &str| discord.get(&format!("/api/users/@me/guilds/{guild}/member"), &access).await;

    let found = member(&LIGHTHOUSE.to_string()).await.json();

    assert_eq!((&found["user"]["id"], found["roles"].as_array().unwrap().len()), (&json!(BEN.to_string()), 1));
    member("1").await.is(404, json!({ "message": "Unknown Guild", "code": 10004 }));
    assert_eq!(member("x").await.json()["code"], 50035);
}

#[tokio::test]
async fn the_bot_sees_itself_and_nothing_that_is_a_users() {
    let discord = Discord::new().await;
    let bot = async |path: &str| {
        discord.send(discord.request("GET", path).header("authorization", format!("Bot {BOT_TOKEN}"))).await
    };

    assert_eq!(bot("/api/users/@me").await.json()["bot"], true);
    assert_eq!(bot("/api/users/@me/guilds").await.json().as_array().unwrap().len(), 2);
    bot("/api/users/@me/connections")
        .await
        .is(403, json!({ "message": "Bots cannot use this endpoint", "code": 20001 }));
    bot("/api/oauth2/@me").await.is(401, unauthorized());
}

#[tokio::test]
async fn unknown_routes_and_methods_have_discords_shapes() {
    let discord = Discord::new().await;

    for path in ["/", "/api/users/1/2", "/api/v10/nothing", "/api/v8/users/@me"] {
        discord.get(path, "x").await.is(404, json!({ "message": "404: Not Found", "code": 0 }));
    }
    let answer = discord.send(discord.request("DELETE", "/api/v10/users/@me")).await;
    answer.is(405, json!({ "message": "405: Method Not Allowed", "code": 0 }));
}

#[tokio::test]
async fn every_rest_answer_carries_the_rate_limit() {
    let discord = Discord::new().await;
    let (access, _) = discord.sign_in(ANNA, "identify").await;

    for answer in [discord.get("/api/users/@me", &access).await, discord.get("/api/users/@me", "dead").await] {
        assert_eq!((answer.header("x-ratelimit-limit"), answer.header("x-ratelimit-remaining")), ("10000", "9999"));
        assert_eq!(answer.header("x-ratelimit-reset"), "1750000010.000");
        assert_eq!(answer.header("x-ratelimit-reset-after"), "10.000");
        assert_eq!(answer.header("x-ratelimit-bucket").len(), 32);
        assert_eq!(answer.header("retry-after"), "");
    }
}

#[tokio::test]
async fn the_limit_is_counted_for_each_user_and_route_and_ends() {
    let discord = Discord::new().await;
    let ((anna, _), (ben, _)) =
        (discord.sign_in(ANNA, "identify guilds").await, discord.sign_in(BEN, "identify").await);
    let rate_limit = RateLimit { requests: 1, window_seconds: 3 };
    discord.stand_in.faults().set_settings(Settings { rate_limit, ..Settings::default() });

    assert_eq!(discord.get("/api/users/@me", &anna).await.status, 200);
    let refused = discord.get("/api/users/@me", &anna).await;

    refused.is(429, json!({ "message": "You are being rate limited.", "retry_after": 3.0, "global": false }));
    assert_eq!((refused.header("retry-after"), refused.header("x-ratelimit-scope")), ("3", "user"));
    assert_eq!(discord.get("/api/users/@me/guilds", &anna).await.status, 200);
    assert_eq!(discord.get("/api/users/@me", &ben).await.status, 200);
    discord.wait(3);
    assert_eq!(discord.get("/api/users/@me", &anna).await.status, 200);
    assert_eq!(discord.calls(Route::Identify), 4);
}
