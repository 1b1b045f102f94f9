//! `Client::identify` and `Client::guilds`

use local::stand_in::world::{ANNA, BEN, CARA, DAVE, EMIL, FAY, LIGHTHOUSE};
use serde_json::{Value, json};
use shared::discord::Refusal;
use shared::domain::{AccessToken, DiscordPermissions, GuildId, PartialGuild, UserId};

use super::discord::{Discord, always, is_garbled, refusal};

fn token() -> AccessToken {
    AccessToken::new("any".into())
}

fn guild(id: u64, name: &str) -> Value {
    json!({"id": id.to_string(), "name": name, "icon": null, "owner": false, "permissions": "0"})
}

#[tokio::test]
async fn each_seeded_user_is_who_they_are() {
    let discord = Discord::new().await;
    for user in local::stand_in::users() {
        let grant = discord.sign_in(user.id, "identify").await;
        let profile = discord.client.identify(&grant.tokens.access).await.unwrap();
        assert_eq!(profile.id, UserId::new(user.id));
        assert_eq!((profile.username.as_str(), profile.global_name.as_deref()), (user.username, user.global_name));
    }
}

#[tokio::test]
async fn a_guild_says_who_may_manage_it() {
    let discord = Discord::new().await;
    for (user, owner, may) in [(ANNA, true, true), (BEN, false, true), (CARA, false, true), (DAVE, false, false)] {
        let grant = discord.sign_in(user, "guilds").await;
        let guilds = discord.client.guilds(&grant.tokens.access).await.unwrap();
        let lighthouse = guilds.iter().find(|guild| guild.id == GuildId::new(LIGHTHOUSE)).unwrap();
        assert_eq!(lighthouse.name, "Lighthouse");
        assert_eq!(lighthouse.icon.as_deref(), Some("a_f78426a064bc9dd24847519259bc42af"));
        assert_eq!((lighthouse.owner, lighthouse.may_be_managed()), (owner, may), "{user}");
    }
}

#[tokio::test]
async fn two_hundred_guilds_with_the_longest_names_come_whole() {
    let discord = Discord::new().await;
    let grant = discord.sign_in(EMIL, "guilds").await;

    let guilds = discord.client.guilds(&grant.tokens.access).await.unwrap();

    assert_eq!(guilds.len(), 200);
    assert!(guilds.iter().all(|guild| guild.name.chars().count() == 100));
    // Two in ten have the bit above what a JavaScript number holds, one of them may manage; so do three more.
    let future = guilds.iter().filter(|guild| guild.permissions.get() > 1 << 53);
    let (may, may_not): (Vec<_>, Vec<_>) = future.partition(|guild| guild.may_be_managed());
    assert_eq!((may.len(), may_not.len()), (20, 20));
    assert!(may.iter().all(|guild| guild.permissions.get() & (1 << 60 | 1 << 5) == 1 << 60 | 1 << 5));
    assert_eq!(guilds.iter().filter(|guild| guild.may_be_managed()).count(), 80);
    assert_eq!(guilds.iter().filter(|guild| guild.owner).count(), 20);

    let kept = serde_json::to_string(&guilds).unwrap();
    assert_eq!(serde_json::from_str::<Vec<PartialGuild>>(&kept).unwrap(), guilds);
}

#[tokio::test]
async fn who_is_in_no_guild_gets_an_empty_list() {
    let discord = Discord::new().await;
    let grant = discord.sign_in(FAY, "guilds").await;
    assert_eq!(discord.client.guilds(&grant.tokens.access).await.unwrap(), []);
}

#[tokio::test]
async fn without_the_scope_the_token_is_refused() {
    let discord = Discord::new().await;
    let grant = discord.sign_in(ANNA, "identify").await;
    let error = discord.client.guilds(&grant.tokens.access).await.unwrap_err();
    assert_eq!(refusal(&error), Some((401, Refusal::AccessToken)));
}

#[tokio::test]
async fn what_we_do_not_know_is_left_out() {
    let mut one = guild(1, "One");
    one["permissions"] = json!("18446744073709551615");
    one["features"] = json!(["NEWS", {"of": "another kind"}]);
    one["something_new"] = json!({"deep": [1, 2, 3]});
    let mut iconless = guild(2, "Two");
    iconless.as_object_mut().unwrap().remove("icon");

    let guilds = always(200, &json!([one, iconless])).await.guilds(&token()).await.unwrap();

    assert_eq!(guilds.len(), 2);
    assert_eq!(guilds[0].permissions, DiscordPermissions::new(u64::MAX));
    assert_eq!(
        serde_json::to_value(&guilds[0]).unwrap(),
        json!({"id": "1", "name": "One", "icon": null, "owner": false, "permissions": "18446744073709551615"})
    );
    assert_eq!(guilds[1].icon, None);
}

#[tokio::test]
async fn a_megabyte_is_the_most() {
    // As long as it can come: each character escaped as two surrogates of six bytes each, and many features.
    let features: Vec<_> = (0..40).map(|index| format!("A_FEATURE_WITH_A_LONG_NAME_{index}")).collect();
    let body = |name: &str| {
        let list: Vec<_> = (1..=200)
            .map(|id| {
                format!(
                    r#"{{"id":"{id}","name":"{name}","icon":null,"owner":false,"permissions":"0","features":{}}}"#,
                    json!(features)
                )
            })
            .collect();
        format!("[{}]", list.join(","))
    };
    let json = [("content-type", "application/json")];

    let long = body(&"\\ud83d\\ude00".repeat(100));
    assert!(long.len() > 256 * 1024 && long.len() < 1024 * 1024, "{}", long.len());
    let guilds = super::discord::answering(200, &json, long).await.guilds(&token()).await.unwrap();
    assert_eq!((guilds.len(), guilds[0].name.chars().count()), (200, 100));

    let endless = body(&"\\ud83d\\ude00".repeat(400));
    assert!(endless.len() > 1024 * 1024);
    assert!(is_garbled(&super::discord::answering(200, &json, endless).await.guilds(&token()).await));
}

#[tokio::test]
async fn more_than_discord_gives_is_garbled() {
    let list: Vec<_> = (1..=201).map(|id| guild(id, "a guild")).collect();
    assert!(is_garbled(&always(200, &json!(list)).await.guilds(&token()).await));
    assert_eq!(always(200, &json!(list[..200])).await.guilds(&token()).await.unwrap().len(), 200);
}

#[tokio::test]
async fn a_row_that_is_no_guild_is_left_out() {
    let not_a_guild = [json!(null), json!(1), json!([]), json!({})];
    let with = |field: &str, value: Value| {
        let mut wrong = guild(1, "One");
        wrong[field] = value;
        wrong
    };
    let without = |field: &str| {
        let mut wrong = guild(1, "One");
        wrong.as_object_mut().unwrap().remove(field);
        wrong
    };
    let wrong = [
        with("id", json!(1)),
        with("id", json!("one")),
        with("name", json!(null)),
        with("permissions", json!(8)),
        with("permissions", json!(null)),
        with("permissions", json!("-1")),
        with("permissions", json!("0x8")),
        with("permissions", json!("18446744073709551616")),
        without("id"),
        without("permissions"),
    ];
    for wrong in not_a_guild.into_iter().chain(wrong) {
        let guilds = always(200, &json!([wrong, guild(2, "Two")])).await.guilds(&token()).await.unwrap();
        assert_eq!(guilds.iter().map(|guild| guild.id.get()).collect::<Vec<_>>(), [2], "{wrong}");
    }
}

#[tokio::test]
async fn a_field_that_nothing_depends_on_has_a_default_that_grants_nothing() {
    for (field, value) in [
        ("icon", json!(5)),
        ("icon", json!("f".repeat(65))),
        ("icon", json!("../f")),
        ("icon", json!(null)),
        ("owner", json!("true")),
        ("owner", json!(1)),
        ("owner", json!(null)),
    ] {
        let mut odd = guild(1, "One");
        odd[field] = value.clone();
        let guilds = always(200, &json!([odd])).await.guilds(&token()).await.unwrap();
        let is_plain = guilds[0].icon.is_none() && !guilds[0].owner && !guilds[0].may_be_managed();
        assert!(is_plain, "{field} {value}: {guilds:?}");
    }
}

#[tokio::test]
async fn a_status_without_a_code_is_garbled_and_one_with_a_code_says_it() {
    for status in [400, 403, 404] {
        let error = always(status, &json!({"message": "no", "code": 50026})).await.guilds(&token()).await.unwrap_err();
        assert_eq!(refusal(&error), Some((status, Refusal::MISSING_SCOPE)));
        assert!(is_garbled(&always(status, &json!({"message": "no"})).await.guilds(&token()).await), "{status}");
    }
    assert!(is_garbled(&always(201, &json!([])).await.guilds(&token()).await));
}
