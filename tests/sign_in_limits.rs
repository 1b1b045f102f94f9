//! How many sign-ins and refused codes one address, and one app's server, may have.

use chrono::TimeDelta;
use futures_util::future::join_all;
use local::stand_in::{Fault as DiscordFault, Route};
use serde_json::{Value, json};

use crate::world::*;

async fn good(world: &World) -> Value {
    json!({"code": world.code(ANNA, &[("redirect_uri", WEB)]).await, "redirect_uri": WEB})
}

fn made_up(number: usize) -> Value {
    json!({"code": format!("made-up-{number}"), "redirect_uri": WEB})
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

#[tokio::test]
async fn sign_ins_that_succeed_lock_nobody_out() {
    let world = World::with(&[]).await;
    for _ in 0..20 {
        assert_eq!(world.exchange(good(&world).await).await.status, 200);
    }
    let bodies = join_all((0..30).map(|_| good(&world))).await;
    let answers = join_all(bodies.into_iter().map(|body| world.exchange(body))).await;
    assert_eq!(statuses(&answers), [200; 30], "nor at once");
}

#[tokio::test]
async fn an_address_has_fifteen_refused_codes_in_five_minutes() {
    let world = World::with(&[]).await;
    let used = good(&world).await;
    assert_eq!(world.exchange(used.clone()).await.status, 200);
    for number in 0..14 {
        assert_eq!(world.exchange(made_up(number)).await.code(), "InvalidCode", "{number}");
        assert_eq!(
            world.exchange(json!({"code": "a b", "redirect_uri": WEB})).await.code(),
            "BadRequest",
            "not counted"
        );
    }
    assert_eq!(world.exchange(good(&world).await).await.status, 200, "one is left, and is not used up");
    assert_eq!(world.exchange(used).await.code(), "InvalidCode", "one that was used before is refused too");

    let (asked, body) = (world.asked(Route::Token), good(&world).await);
    let answer = world.leaves_nothing(world.exchange(body)).await;
    assert_eq!((answer.status, answer.code().as_str()), (429, "RateLimited"));
    let seconds: i64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=300).contains(&seconds), "{seconds}");
    let back = world.browser().back_from_discord("/", ANNA).await;
    assert_eq!(world.asked(Route::Token), asked, "{back}");

    world.pass(TimeDelta::seconds(seconds));
    assert_eq!(world.exchange(good(&world).await).await.status, 200, "the next window");
}

#[tokio::test]
async fn fifty_made_up_codes_at_once_are_fifteen() {
    let world = World::with(&[]).await;
    let answers = join_all((0..50).map(|number| world.exchange(made_up(number)))).await;
    let refused = answers.iter().filter(|answer| answer.code() == "InvalidCode").count();
    let limited = answers.iter().filter(|answer| answer.code() == "RateLimited").count();
    assert_eq!((refused, limited, world.asked(Route::Token)), (15, 35, 15), "{:?}", statuses(&answers));
}

#[tokio::test]
async fn what_fails_at_discord_is_no_refused_code() {
    let world = World::with(&[("RATE_LIMITS", "refused-code=2/300")]).await;
    world.discord_fails(Route::Token, DiscordFault::Status { code: 503, html: false });
    for _ in 0..4 {
        assert_eq!(world.exchange(good(&world).await).await.code(), "DiscordUnavailable");
    }
    world.discord().faults().clear();
    assert_eq!(world.exchange(good(&world).await).await.status, 200);
}

#[tokio::test]
async fn an_address_has_so_many_sign_ins() {
    let world = World::with(&[("RATE_LIMITS", "sign-in=2/300 refused-code=1/300")]).await;
    for _ in 0..2 {
        assert_eq!(world.exchange(good(&world).await).await.status, 200);
    }
    let body = good(&world).await;
    let answer = world.leaves_nothing(world.exchange(body)).await;
    assert_eq!((answer.status, answer.code().as_str()), (429, "RateLimited"));
}

#[tokio::test]
async fn a_trusted_apps_server_has_a_window_of_its_own_and_locks_no_address() {
    let world = World::with(&[("RATE_LIMITS", "refused-code=2/300 app-sign-in=5/300")]).await;
    let ben = world.sign_in(BEN).await;
    let (server, other) = (ben.register("A server").await, ben.register("Another").await);
    world.trust(&server).await;
    world.trust(&other).await;
    for number in 0..4 {
        assert_eq!(world.exchange_by(&server, made_up(number)).await.code(), "InvalidCode");
    }
    assert_eq!(world.exchange_by(&server, good(&world).await).await.status, 200);
    let body = good(&world).await;
    let answer = world.leaves_nothing(world.exchange_by(&server, body)).await;
    assert_eq!((answer.status, answer.code().as_str()), (429, "RateLimited"), "refused codes count there too");
    assert!(answer.header("retry-after").is_some());

    assert_eq!(world.exchange_by(&other, good(&world).await).await.status, 200, "another app's is another");
    for number in 4..6 {
        assert_eq!(world.exchange(made_up(number)).await.code(), "InvalidCode", "the address has all of its own");
    }
    assert_eq!(world.exchange(good(&world).await).await.code(), "RateLimited");
    assert_eq!(world.exchange_by(&other, good(&world).await).await.status, 200, "whatever became of the address");
}

#[tokio::test]
async fn who_says_to_be_a_server_has_to_be_one() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let (unmarked, gone) = (ben.register("Unmarked").await, ben.register("Gone").await);
    world.trust(&gone).await;
    assert_eq!(ben.delete(&format!("/apps/{}", gone.id)).await.status, 204);
    let (asked, body) = (world.asked(Route::Token), good(&world).await);
    for (token, status, code) in [
        (&*unmarked.token, 403, "Restricted"),
        (&ben.token, 403, "Restricted"),
        (&gone.token, 401, "InvalidToken"),
        (local::example::app_token().reveal(), 401, "InvalidToken"),
        ("gpx_x", 401, "InvalidToken"),
        ("a,b", 400, "BadRequest"),
    ] {
        let request = world.http.post(world.url("/oauth2")).bearer_auth(token).json(&body);
        let answer = world.leaves_nothing(Answer::of(request)).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{token}");
    }
    assert_eq!(world.asked(Route::Token), asked);
    let cookie = format!("__Host-guildpass={}", ben.token);
    let by_a_browser = world.http.post(world.url("/oauth2")).header("cookie", cookie).json(&body);
    let answer = Answer::of(by_a_browser).await;
    world.note_token(&answer);
    assert_eq!(answer.status, 200, "a cookie says nothing of servers");
}

#[tokio::test]
async fn a_finished_sign_in_is_not_counted_and_a_refused_one_can_be_sent_again() {
    let world = World::with(&[("RATE_LIMITS", "refused-code=1/30")]).await;
    let (finished, waiting) = (world.browser(), world.browser());
    let back = finished.back_from_discord("/portal", ANNA).await;
    assert_eq!(finished.get(&back).await.status, 303);
    let later = waiting.back_from_discord("/portal", BEN).await;
    assert_eq!(world.exchange(made_up(0)).await.code(), "InvalidCode");

    assert_eq!(finished.get(&back).await.status, 303, "a reload is no sign-in");
    let answer = world.leaves_nothing(waiting.get(&later)).await;
    assert_eq!(answer.status, 429);

    world.pass(TimeDelta::seconds(answer.header("retry-after").unwrap().parse().unwrap()));
    assert_eq!(waiting.get(&later).await.status, 303, "its state was not used up");
}
