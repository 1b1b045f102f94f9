//! Renewing a grant: one at a time, and no grant lost that could have been kept.

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use local::stand_in::{Fault as DiscordFault, Route};
use shared::context::Clock;
use shared::domain::{Sealed, SealingKey, SealingKeys, Tokens, UserId};

use crate::world::*;

const EIGHT_DAYS: TimeDelta = TimeDelta::days(8);

async fn tokens(world: &World, user: u64) -> (String, String) {
    let grant = world.item(user, "discord").await.unwrap();
    let sealed = Sealed::from_bytes(grant["sealed"].as_b().unwrap().as_ref().to_vec());
    let keys = SealingKeys::new(SealingKey::from_text(SEALING_KEY).unwrap(), vec![]);
    let tokens = Tokens::open(UserId::new(user), &keys, &sealed).unwrap();
    (world.keep_secret(tokens.access.reveal()), world.keep_secret(tokens.refresh.reveal()))
}

/// A session that outlives the access token.
async fn long_session(world: &World, user: u64) -> Person<'_> {
    world.sign_in(user).await.api_token(30 * 86400).await
}

#[tokio::test]
async fn an_old_grant_is_renewed_and_kept_before_it_is_used() {
    let world = World::new().await;
    let anna = long_session(&world, ANNA).await;
    let before = tokens(&world, ANNA).await;
    world.pass(EIGHT_DAYS);
    world.discord_fails(Route::Guilds, DiscordFault::Reset);
    assert_eq!(anna.get("/users/@me/guilds").await.code(), "DiscordUnavailable");
    let after = tokens(&world, ANNA).await;
    assert!(before.0 != after.0 && before.1 != after.1, "what was rotated is kept, although its first use failed");
    world.discord().faults().clear();
    world.pass(TimeDelta::seconds(10));
    assert_eq!(anna.get("/users/@me/guilds").await.status, 200);
    assert_eq!(world.asked(Route::Token), 2, "the sign-in and one renewal");
}

#[tokio::test]
async fn twenty_at_once_renew_once() {
    let world = World::new().await;
    let anna = long_session(&world, ANNA).await;
    world.pass(EIGHT_DAYS);
    let mut tasks = Vec::new();
    for _ in 0..20 {
        let request = world.http.get(world.url("/users/@me?refresh=true")).bearer_auth(&anna.token);
        tasks.push(tokio::spawn(Answer::of(request)));
    }
    for task in tasks {
        assert_eq!(task.await.unwrap().status, 200);
    }
    assert_eq!(world.asked(Route::Token), 2);
}

#[tokio::test]
async fn a_grant_that_discord_refuses_is_dead_and_not_tried_again() {
    let world = World::new().await;
    let anna = long_session(&world, ANNA).await;
    world.discord().remove_application(ANNA).unwrap();
    world.pass(EIGHT_DAYS);
    for _ in 0..3 {
        assert_eq!(anna.get("/users/@me/guilds").await.code(), "MissingScope");
    }
    assert_eq!((world.asked(Route::Token), world.asked(Route::Guilds)), (2, 0));
    assert!(anna.is_signed_in().await);
}

#[tokio::test]
async fn a_renewal_that_does_not_come_through_can_be_tried_again() {
    let world = World::new().await;
    let anna = long_session(&world, ANNA).await;
    world.pass(EIGHT_DAYS);
    for fault in [DiscordFault::Reset, DiscordFault::Status { code: 500, html: false }] {
        world.discord_fails(Route::Token, fault);
        assert_eq!(anna.get("/users/@me/guilds").await.code(), "DiscordUnavailable");
        world.discord().faults().clear();
    }
    assert_eq!(anna.get("/users/@me/guilds").await.status, 200);
}

#[tokio::test]
async fn a_lost_reply_costs_a_sign_in_and_no_more() {
    let world = World::new().await;
    let anna = long_session(&world, ANNA).await;
    world.pass(EIGHT_DAYS);
    world.discord_fails(Route::Token, DiscordFault::LostReply);
    assert_eq!(anna.get("/users/@me/guilds").await.code(), "DiscordUnavailable");
    world.discord().faults().clear();
    // Discord has rotated the refresh token and nobody knows the new one: it says so once, and that is that.
    for _ in 0..2 {
        assert_eq!(anna.get("/users/@me/guilds").await.code(), "MissingScope");
    }
    assert_eq!(world.asked(Route::Token), 3);
    world.sign_in(ANNA).await;
    assert_eq!(anna.get("/users/@me/guilds").await.status, 200);
}

#[tokio::test]
async fn while_the_token_lives_a_failed_renewal_does_no_harm() {
    let world = World::new().await;
    let anna = long_session(&world, ANNA).await;
    world.pass(TimeDelta::days(6) + TimeDelta::hours(1));
    world.discord_fails(Route::Token, DiscordFault::Reset);
    assert_eq!(anna.get("/users/@me/guilds").await.status, 200);
    assert_eq!(world.asked(Route::Token), 2, "it was tried");
}

#[tokio::test]
async fn a_process_that_dies_in_the_middle_locks_nobody_out() {
    let world = World::new().await;
    let anna = long_session(&world, ANNA).await;
    world.pass(EIGHT_DAYS);
    let until = (world.clock.now() + TimeDelta::seconds(20)).timestamp_millis();
    world.set(ANNA, "discord", "lease", Some(AttributeValue::B(vec![1; 16].into()))).await;
    world.set(ANNA, "discord", "lease_until", Some(AttributeValue::N(until.to_string()))).await;
    world.pass(TimeDelta::seconds(20));
    assert_eq!(anna.get("/users/@me/guilds").await.status, 200);
}

#[tokio::test]
async fn keeping_what_was_renewed_is_tried_more_than_once() {
    let world = World::new().await;
    let anna = long_session(&world, ANNA).await;
    let before = tokens(&world, ANNA).await;
    world.pass(EIGHT_DAYS);
    anna.get("/sessions/@me").await;
    world.discord_fails(Route::Token, DiscordFault::SlowBody { every_ms: 6 });
    let (answer, ()) = tokio::join!(anna.get("/users/@me?refresh=true"), async {
        world.until(|| world.asked(Route::Token) == 2).await;
        // The SDK's own three attempts, and one more.
        world.wire.fail("UpdateItem", Fault::ServerError, 4);
    });
    assert_eq!(answer.status, 200);
    assert_ne!(tokens(&world, ANNA).await.1, before.1);
}

#[tokio::test]
async fn a_grant_that_is_buried_while_it_is_renewed_comes_back() {
    let world = World::new().await;
    let anna = long_session(&world, ANNA).await;
    world.pass(TimeDelta::days(6) + TimeDelta::hours(1));
    anna.get("/sessions/@me").await;
    world.discord_fails(Route::Token, DiscordFault::SlowBody { every_ms: 12 });
    world.discord_fails(Route::Identify, DiscordFault::DeadTokens);
    let (renewed, buried) = tokio::join!(anna.get("/users/@me/guilds"), async {
        world.until(|| world.asked(Route::Token) == 2).await;
        anna.get("/users/@me?refresh=true").await
    });
    assert_eq!((renewed.status, buried.code().as_str()), (200, "MissingScope"));
    world.discord().faults().clear();
    assert_eq!(anna.get("/users/@me?refresh=true").await.status, 200, "what was renewed is not lost");
}

#[tokio::test]
async fn an_older_sealing_key_opens_and_the_new_one_seals() {
    let old = "an older sealing key: 0123456789 0123456789 0123456789";
    let keys = sealing_keys(SEALING_KEY, &[old]).to_string();
    let world = World::with(&[("SEALING_KEYS_JSON", &keys), ("RATE_LIMITS", "off")]).await;
    let anna = long_session(&world, ANNA).await;
    let (access, refresh) = tokens(&world, ANNA).await;
    let user = UserId::new(ANNA);
    let of_before = SealingKeys::new(SealingKey::from_text(old).unwrap(), vec![]);
    let tokens_of_before = Tokens {
        access: shared::domain::AccessToken::new(access),
        refresh: shared::domain::RefreshToken::new(refresh),
    };
    let sealed = tokens_of_before.seal(user, &of_before, [9; 12]).unwrap();
    world.set(ANNA, "discord", "sealed", Some(AttributeValue::B(sealed.as_bytes().to_vec().into()))).await;

    assert_eq!(anna.get("/users/@me/guilds").await.status, 200, "the old key still opens");
    world.pass(EIGHT_DAYS);
    assert_eq!(anna.get("/users/@me/guilds").await.status, 200);
    tokens(&world, ANNA).await; // opens with the new key alone: sealed anew when it was next written
}

#[tokio::test]
async fn a_grant_that_no_key_opens_asks_for_a_new_sign_in() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    world.set(ANNA, "discord", "sealed", Some(AttributeValue::B(vec![7; 80].into()))).await;
    assert_eq!(anna.get("/users/@me/guilds").await.code(), "MissingScope");
    assert_eq!(world.sign_in(ANNA).await.get("/users/@me/guilds").await.status, 200);
}

#[tokio::test]
async fn a_renewal_that_cannot_be_kept_gives_its_lease_back() {
    let world = World::new().await;
    let anna = long_session(&world, ANNA).await;
    world.pass(EIGHT_DAYS);
    anna.get("/sessions/@me").await;
    world.discord_fails(Route::Token, DiscordFault::SlowBody { every_ms: 6 });
    let asked = world.asked(Route::Token);
    let (answer, ()) = tokio::join!(anna.get("/users/@me?refresh=true"), async {
        world.until(|| world.asked(Route::Token) > asked).await;
        world.wire.fail("UpdateItem", Fault::Denied, 3);
    });
    assert_eq!(answer.status, 503);
    world.discord().faults().clear();
    let grant = world.item(ANNA, "discord").await.unwrap();
    assert_eq!((grant.get("lease"), grant.get("lease_until")), (None, None));
}
