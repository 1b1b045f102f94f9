//! `DELETE /users/@me`

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use local::stand_in::{Fault as DiscordFault, Route};

use crate::world::*;

/// What is left of a user anywhere; the guard of a burnt code names nobody.
async fn left_of(world: &World, user: u64) -> Vec<String> {
    world.everything().await.into_iter().filter(|item| item.contains(&user.to_string())).collect()
}

#[tokio::test]
async fn leaves_nothing_of_the_user_anywhere() {
    let world = World::with(&[]).await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let token = anna.api_token(3600).await;
    anna.get("/users/@me/guilds?refresh=true").await;
    let bens = left_of(&world, BEN).await;
    assert!(left_of(&world, ANNA).await.len() >= 6, "account, grant, guilds, two sessions, rate windows");

    assert_eq!(anna.delete("/users/@me").await.status, 204);
    assert_eq!(left_of(&world, ANNA).await, Vec::<String>::new());
    assert_eq!(left_of(&world, BEN).await, bens);
    assert!(!world.discord().remove_application(ANNA).unwrap(), "the grant was given back");
    assert!(!anna.is_signed_in().await && !token.is_signed_in().await);
    assert!(ben.is_signed_in().await);
    assert!(world.sign_in(ANNA).await.is_signed_in().await, "and may come again");
}

#[tokio::test]
async fn copes_with_thousands_of_items() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    fill(&world, 3000).await;
    assert_eq!(anna.delete("/users/@me").await.status, 204);
    assert_eq!(left_of(&world, ANNA).await, Vec::<String>::new());
}

#[tokio::test]
async fn can_be_repeated_after_a_failure_in_the_middle() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    fill(&world, 200).await;
    let hold = world.wire.hold("BatchWriteItem");
    let (answer, ()) = tokio::join!(anna.delete("/users/@me"), async {
        hold.arrived().await;
        world.wire.fail("BatchWriteItem", Fault::Denied, 1);
        drop(hold);
    });
    assert_eq!(answer.status, 503);
    assert!(anna.is_signed_in().await, "what it was asked by goes last");
    assert_eq!(anna.delete("/users/@me").await.status, 204);
    assert_eq!(left_of(&world, ANNA).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_dynamodb_leaves_unprocessed_is_sent_again() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    fill(&world, 60).await;
    world.wire.fail("BatchWriteItem", Fault::Unprocessed, 2);
    assert_eq!(anna.delete("/users/@me").await.status, 204);
    assert_eq!(left_of(&world, ANNA).await, Vec::<String>::new());
}

#[tokio::test]
async fn discord_being_down_keeps_nobody_here() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.discord_fails(Route::Revoke, DiscordFault::Status { code: 500, html: false });
    assert_eq!(anna.delete("/users/@me").await.status, 204);
    assert_eq!(left_of(&world, ANNA).await, Vec::<String>::new());
}

#[tokio::test]
async fn needs_a_login_of_one_who_is_not_banned() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    assert_eq!(anna.api_token(60).await.delete("/users/@me").await.code(), "Restricted");
    world.ban(ANNA).await;
    assert_eq!(anna.delete("/users/@me").await.code(), "ApiBanned");
    assert!(world.item(ANNA, "account").await.is_some(), "or a ban would be shaken off");
}

async fn fill(world: &World, items: usize) {
    let table = format!("{}users", world.tables);
    let put = |number: &usize| {
        let item = [
            ("user_id".to_owned(), AttributeValue::S(ANNA.to_string())),
            ("item".to_owned(), AttributeValue::S(format!("session#{number:08}"))),
            ("padding".to_owned(), AttributeValue::S("x".repeat(600))),
        ];
        WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(item.into())).build().unwrap()).build()
    };
    for batch in (0..items).collect::<Vec<_>>().chunks(25) {
        let write = world.dynamodb().batch_write_item().request_items(&table, batch.iter().map(put).collect());
        write.send().await.unwrap();
    }
}
