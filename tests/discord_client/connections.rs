//! `Client::connections`

use local::stand_in::world::{ANNA, FAY};
use serde_json::{Value, json};
use shared::discord::Refusal;
use shared::domain::{AccessToken, Connection};

use super::discord::{Discord, always, is_garbled, refusal};

fn connection() -> Value {
    json!({
        "id": "583231", "name": "annalq", "type": "github", "verified": true, "friend_sync": false,
        "show_activity": true, "two_way_link": false, "visibility": 1,
    })
}

#[tokio::test]
async fn linked_accounts_come_with_all_that_is_said_of_them() {
    let discord = Discord::new().await;
    let grant = discord.sign_in(ANNA, "connections").await;

    let connections = discord.client.connections(&grant.tokens.access).await.unwrap();

    let names: Vec<_> =
        connections.iter().map(|connection| (connection.kind.as_str(), connection.name.as_str())).collect();
    assert_eq!(names, [("github", "annalq"), ("twitch", "anna_on_air")]);
    let mut expected = connection();
    expected["revoked"] = json!(false);
    assert_eq!(serde_json::to_value(&connections[0]).unwrap(), expected);
    let kept = serde_json::to_string(&connections).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Connection>>(&kept).unwrap(), connections);
}

#[tokio::test]
async fn who_has_linked_nothing_gets_an_empty_list() {
    let discord = Discord::new().await;
    let grant = discord.sign_in(FAY, "connections").await;
    assert_eq!(discord.client.connections(&grant.tokens.access).await.unwrap(), []);
}

#[tokio::test]
async fn without_the_scope_the_token_is_refused() {
    let discord = Discord::new().await;
    let grant = discord.sign_in(ANNA, "identify guilds").await;
    let error = discord.client.connections(&grant.tokens.access).await.unwrap_err();
    assert_eq!(refusal(&error), Some((401, Refusal::AccessToken)));
}

#[tokio::test]
async fn integrations_and_what_is_new_are_left_out() {
    let mut one = connection();
    one["type"] = json!("a provider of tomorrow");
    one["revoked"] = json!(true);
    one["integrations"] = json!([{"id": "1", "account": {"id": "2"}}]);
    one["metadata"] = json!(null);
    let connections = always(200, &json!([one])).await.connections(&AccessToken::new("any".into())).await.unwrap();
    assert_eq!((connections[0].kind.as_str(), connections[0].revoked), ("a provider of tomorrow", true));
}

#[tokio::test]
async fn what_is_no_connection_is_garbled() {
    for (field, value) in
        [("id", json!(583_231)), ("name", json!("x".repeat(513))), ("verified", json!(1)), ("visibility", json!(-1))]
    {
        let mut wrong = connection();
        wrong[field] = value.clone();
        let answer = always(200, &json!([wrong])).await.connections(&AccessToken::new("any".into())).await;
        assert!(is_garbled(&answer), "{field} {value}");
    }
}
