//! `POST /app/deauthorize`

use aws_sdk_dynamodb::types::AttributeValue;
use expect_test::expect;
use serde_json::json;

use crate::authorizations::*;
use crate::world::*;

fn guild(id: impl std::fmt::Display) -> String {
    format!("/app/deauthorize?guildId={id}")
}

fn user(id: impl std::fmt::Display) -> String {
    format!("/app/deauthorize?userId={id}")
}

/// An app that Anna has authorized, on Lighthouse and for herself.
async fn authorized<'w>(world: &'w World, anna: &Person<'_>) -> TestApp<'w> {
    let app = daves_app(world, "An app").await;
    assert_eq!(anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    assert_eq!(anna.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
    app
}

#[tokio::test]
async fn an_app_gives_back_what_it_has_once() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let app = authorized(&world, &anna).await;
    expect![[r#"200 {"guild_id":"272120529715212344"}"#]].assert_eq(&app.post(&guild(LIGHTHOUSE)).await.text());
    assert_eq!((app.may(LIGHTHOUSE).await.len(), app.may_for(ANNA).await.len()), (0, 1));
    expect![[r#"200 {"user_id":"158908186768937126"}"#]].assert_eq(&app.post(&user(ANNA)).await.text());
    assert_eq!(app.may_for(ANNA).await.len(), 0);
    assert!(
        !world
            .everything()
            .await
            .iter()
            .any(|item| item.contains("#158908186768937126") || item.contains("authorized#"))
    );
    for path in [guild(LIGHTHOUSE), user(ANNA)] {
        let again = world.leaves_nothing(app.post(&path)).await;
        expect![[r#"404 {"code":"NotFound","message":"Not found."}"#]].assert_eq(&again.text());
    }
    assert_eq!(anna.deauthorize(&app, LIGHTHOUSE).await.status, 404);
    assert_eq!(anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201, "and it can be given anew");
}

#[tokio::test]
async fn an_app_gives_back_only_its_own() {
    let world = World::new().await;
    let (anna, gwen) = (world.sign_in(ANNA).await, world.sign_in(GWEN).await);
    let (app, other) = (authorized(&world, &anna).await, daves_app(&world, "Another").await);
    gwen.authorize(&other, HARBOUR, &["VIEW_CASES"]).await;
    for (app, path) in [
        (&other, guild(LIGHTHOUSE)),
        (&other, user(ANNA)),
        (&app, guild(HARBOUR)),
        (&app, guild(1)),
        (&app, guild(ANNA)),
        (&app, user(LIGHTHOUSE)),
        (&app, user(GWEN)),
    ] {
        assert_eq!(world.leaves_nothing(app.post(&path)).await.code(), "NotFound", "{path}");
    }
}

#[tokio::test]
async fn one_of_the_two_is_named_once_and_well() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let app = authorized(&world, &anna).await;
    for (query, field) in [
        (String::new(), "guildId"),
        ("?".to_owned(), "guildId"),
        ("?guildid=1".to_owned(), "guildId"),
        ("?guild_id=1".to_owned(), "guildId"),
        (format!("?guildId={LIGHTHOUSE}&userId={ANNA}"), "userId"),
        (format!("?guildId={LIGHTHOUSE}&userId="), "userId"),
        (format!("?guildId=&userId={ANNA}"), "guildId"),
        (format!("?guildId={LIGHTHOUSE}&guildId={LIGHTHOUSE}"), "guildId"),
        (format!("?userId={ANNA}&userId={ANNA}"), "userId"),
        (format!("?guildId={LIGHTHOUSE},{HARBOUR}"), "guildId"),
        (format!("?guildId={LIGHTHOUSE}%20"), "guildId"),
        (format!("?guildId=0{LIGHTHOUSE}"), "guildId"),
        (format!("?guildId=%2B{LIGHTHOUSE}"), "guildId"),
        ("?guildId=x".to_owned(), "guildId"),
        ("?guildId=0".to_owned(), "guildId"),
        ("?guildId=-1".to_owned(), "guildId"),
        ("?guildId=%FF".to_owned(), "guildId"),
        ("?guildId=*".to_owned(), "guildId"),
        ("?userId=@me".to_owned(), "userId"),
        ("?userId=18446744073709551616".to_owned(), "userId"),
    ] {
        let answer = world.leaves_nothing(app.post(&format!("/app/deauthorize{query}"))).await;
        assert_eq!((answer.status, &answer.json()["field"]), (400, &json!(field)), "{query}");
    }
    let in_body = world.http.post(world.url("/app/deauthorize")).bearer_auth(&app.token);
    let in_body = in_body.json(&json!({"guildId": LIGHTHOUSE.to_string()}));
    assert_eq!(Answer::of(in_body).await.status, 400, "a body names nothing");
    assert_eq!(app.get(&guild(LIGHTHOUSE)).await.status, 405);
}

#[tokio::test]
async fn a_lost_answer_is_no_false_not_found() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let app = authorized(&world, &anna).await;
    for path in [guild(LIGHTHOUSE), user(ANNA)] {
        world.wire.fail("TransactWriteItems", Fault::AppliedAndLost, 1);
        assert_eq!(app.post(&path).await.status, 200, "{path}");
    }
    assert_eq!((app.may(LIGHTHOUSE).await.len(), app.may_for(ANNA).await.len()), (0, 0));
}

#[tokio::test]
async fn a_token_that_is_replaced_meanwhile_gives_nothing_back() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let app = authorized(&world, &anna).await;
    let own = kept(&app, "app").await.unwrap();
    for (changes, status, code) in [
        (changed(&own, [("token_hash", Some(AttributeValue::B(vec![7; 32].into())))]), 401, "InvalidToken"),
        (changed(&own, [("token_hash", None), ("ended_at", Some(number(1)))]), 401, "InvalidToken"),
        (changed(&own, [("suspended", Some(AttributeValue::Bool(true)))]), 403, "ApiBanned"),
    ] {
        for path in [guild(LIGHTHOUSE), user(ANNA)] {
            let hold = world.wire.hold("TransactWriteItems");
            let (answer, ()) = tokio::join!(app.post(&path), async {
                hold.arrived().await;
                keep(&world, [changes.clone()]).await;
                drop(hold);
            });
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{path}");
            keep(&world, [own.clone()]).await;
            assert_eq!((app.may(LIGHTHOUSE).await.len(), app.may_for(ANNA).await.len()), (1, 1), "{path}");
        }
    }
    let dave = world.sign_in(DAVE).await;
    let token = dave.post(&format!("/apps/{}/token", app.id), json!({})).await.json()["token"].clone();
    assert_eq!(world.leaves_nothing(app.post(&guild(LIGHTHOUSE))).await.code(), "InvalidToken");
    let app = TestApp { token: token.as_str().unwrap().to_owned(), ..app };
    assert_eq!(app.post(&guild(LIGHTHOUSE)).await.status, 200);
}

#[tokio::test]
async fn it_needs_no_discord_and_no_secret() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let app = authorized(&world, &anna).await;
    world
        .discord()
        .faults()
        .set(local::stand_in::Switch::always(local::stand_in::Target::Every, local::stand_in::Fault::Reset))
        .unwrap();
    world.wire.forget();
    assert_eq!(app.post(&guild(LIGHTHOUSE)).await.status, 200);
    let operations: Vec<_> = world.wire.calls().into_iter().map(|call| call.operation).collect();
    assert_eq!(operations, ["BatchGetItem", "TransactWriteItems"]);
}
