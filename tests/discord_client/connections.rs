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
async fn a_connection_without_what_nothing_depends_on_is_one() {
    for field in ["verified", "friend_sync", "show_activity", "two_way_link", "visibility"] {
        for value in [None, Some(json!(null)), Some(json!("yes"))] {
            let mut odd = connection();
            odd.as_object_mut().unwrap().remove(field);
            if let Some(value) = &value {
                odd[field] = value.clone();
            }
            let answer = always(200, &json!([odd])).await.connections(&AccessToken::new("any".into())).await.unwrap();
            let answer = serde_json::to_value(&answer[0]).unwrap();
            let default = if field == "visibility" { json!(0) } else { json!(false) };
            assert_eq!((&answer[field], &answer["id"]), (&default, &json!("583231")), "{field} {value:?}");
        }
    }
}

#[tokio::test]
async fn a_row_that_is_no_connection_is_left_out() {
    for (field, value) in [
        ("id", json!(583_231)),
        ("id", json!("5".repeat(513))),
        ("name", json!(null)),
        ("type", json!(["github"])),
        ("revoked", json!("no")),
    ] {
        let mut wrong = connection();
        wrong[field] = value.clone();
        let client = always(200, &json!([wrong, connection()])).await;
        assert_eq!(client.connections(&AccessToken::new("any".into())).await.unwrap().len(), 1, "{field} {value}");
    }
    for list in [json!({}), json!(null), json!("[]")] {
        let answer = always(200, &list).await.connections(&AccessToken::new("any".into())).await;
        assert!(is_garbled(&answer), "{list}");
    }
}
