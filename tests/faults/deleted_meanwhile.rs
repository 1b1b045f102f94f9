//! A user is deleted while one of their requests is under way: nothing of them comes to be after that.

use reqwest::Method;

use super::every_call::Good;
use super::stage::{Ask, Stage};
use crate::world::*;

/// What names a user anywhere. That a guild was authorized by them stays with the guild.
async fn left_of(world: &World, user: u64) -> Vec<String> {
    let is_of_a_guild = |item: &String| item.starts_with("apps") && item.contains("guild_id");
    let all = world.everything().await.into_iter();
    all.filter(|item| item.contains(&user.to_string()) && !is_of_a_guild(item)).collect()
}

#[tokio::test]
async fn a_request_that_reads_makes_nothing_of_a_deleted_user() {
    assert_nothing_is_left(|method| method == Method::GET).await;
}

#[tokio::test]
async fn a_request_that_puts_makes_nothing_of_a_deleted_user() {
    assert_nothing_is_left(|method| method == Method::PUT || method == Method::PATCH).await;
}

#[tokio::test]
async fn a_request_that_posts_makes_nothing_of_a_deleted_user() {
    assert_nothing_is_left(|method| method == Method::POST).await;
}

#[tokio::test]
async fn a_request_that_deletes_makes_nothing_of_a_deleted_user() {
    assert_nothing_is_left(|method| method == Method::DELETE).await;
}

/// Whichever write of such a request was under way when its user was deleted.
async fn assert_nothing_is_left(is_such: impl Fn(&Method) -> bool) {
    let world = Stage::world().await;
    let mut stage = Stage::set(&world, true).await;
    // A ban is kept for whom nobody has ever seen, so that they cannot come.
    let is_meant = |ask: &&Ask| is_such(&ask.method) && !ask.signs_in() && ask.function != "user-state-put";
    for ask in Ask::all().iter().filter(is_meant) {
        let good = Good::of(&world, &mut stage, ask).await;
        stage.end(ask).await;
        for (number, call) in good.calls.iter().enumerate().filter(|(_, call)| call.is_write()) {
            stage.reset(ask).await;
            let hold = world.wire.hold_call(number);
            let (answer, user) = tokio::join!(stage.ask(ask), async {
                hold.arrived().await;
                let user = stage.delete_user_of(ask).await;
                drop(hold);
                user
            });
            let what = format!("call {number} ({}) of {ask:?}: {}", call.operation, answer.text());
            assert!(answer.status < 500, "{what}");
            assert_eq!(left_of(&world, user).await, Vec::<String>::new(), "{what}");
            stage.end(ask).await;
            stage.begin_anew().await;
        }
    }
}
