//! Refusals that Discord counts towards a ban of our address: counted wherever they come from.

use chrono::TimeDelta;
use local::stand_in::{BlockForm, Fault, RateLimitForm, Route};
use serde_json::json;

use crate::world::*;

/// So few refusals pause everybody; one user may cause one of them.
const FEW: &str = "discord-refusals=3/600 sign-in=1000/10";

fn limited(form: RateLimitForm, global: bool) -> Fault {
    Fault::RateLimited { form, retry_after: Some(1), global }
}

async fn exchange(world: &World) -> Answer {
    let code = world.code(DAVE, &[("redirect_uri", WEB)]).await;
    world.exchange(json!({"code": code, "redirect_uri": WEB})).await
}

/// Everybody who asks Discord is refused without it being asked.
async fn assert_all_paused(world: &World, anna: &Person<'_>) {
    let asked = (world.asked(Route::Guilds), world.asked(Route::Token));
    assert_eq!(anna.get("/users/@me/guilds").await.code(), "DiscordUnavailable");
    let code = world.code(DAVE, &[("redirect_uri", WEB)]).await;
    let body = json!({"code": code, "redirect_uri": WEB});
    let answer = world.exchange(body.clone()).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "DiscordUnavailable"));
    assert!(answer.header("retry-after").is_some());
    let browser = world.browser();
    let back = browser.back_from_discord("/", DAVE).await;
    assert_eq!(browser.get(&back).await.status, 503);
    assert_eq!((world.asked(Route::Guilds), world.asked(Route::Token)), asked, "Discord was left alone");
}

#[tokio::test]
async fn refusals_at_sign_in_are_counted() {
    for (route, fault) in [
        (Route::Token, limited(RateLimitForm::Json, false)),
        (Route::Token, limited(RateLimitForm::Html, false)),
        (Route::Token, Fault::CloudflareBlock { form: BlockForm::Html }),
        (Route::Identify, limited(RateLimitForm::NoHeaders, false)),
        (Route::Identify, Fault::DeadTokens),
        (Route::Identify, Fault::CloudflareBlock { form: BlockForm::Json }),
    ] {
        let world = World::with(&[("RATE_LIMITS", FEW)]).await;
        let anna = world.sign_in(ANNA).await;
        world.discord_fails(route, fault.clone());
        for _ in 0..4 {
            assert_eq!(exchange(&world).await.code(), "DiscordUnavailable", "{route} {fault:?}");
        }
        world.discord().faults().clear();
        assert_all_paused(&world, &anna).await;
        world.pass(TimeDelta::minutes(10));
        assert_eq!(exchange(&world).await.status, 200, "{route} {fault:?}");
    }
}

#[tokio::test]
async fn a_client_secret_that_discord_refuses_is_counted() {
    let secret = json!({"discord_client_secret": "wrong"}).to_string();
    let world = World::with(&[("CLIENT_SECRET_JSON", &secret), ("RATE_LIMITS", FEW)]).await;
    for asked in [1, 2, 3, 4, 4] {
        assert_eq!(exchange(&world).await.code(), "DiscordUnavailable");
        assert_eq!(world.asked(Route::Token), asked);
    }
}

#[tokio::test]
async fn refused_joins_are_counted() {
    let world = World::with(&[("RATE_LIMITS", FEW)]).await;
    let anna = world.sign_in(ANNA).await;
    let refused = Fault::CloudflareBlock { form: BlockForm::Json };
    world.discord_fails(Route::Join, refused);
    for user in [BEN, CARA, EMIL, FAY] {
        let person = world.sign_in_with(user, "guilds.join").await;
        let path = format!("/users/@me/guilds/{LIGHTHOUSE}");
        assert_eq!(person.put(&path, json!({})).await.code(), "DiscordUnavailable", "{user}");
    }
    assert_eq!(world.asked(Route::Join), 4);
    assert_all_paused(&world, &anna).await;
}

#[tokio::test]
async fn one_user_is_paused_long_before_all_are() {
    let world = World::with(&[("RATE_LIMITS", "discord-refusals=100/600 sign-in=1000/10 discord-ask=1000/10")]).await;
    let (gwen, anna) = (world.sign_in_with(GWEN, "guilds.join").await, world.sign_in(ANNA).await);
    let path = format!("/users/@me/guilds/{LIGHTHOUSE}");
    // Lighthouse has banned Gwen. Four of a hundred refusals may be hers; the one after them pauses her.
    for _ in 0..5 {
        assert_eq!(gwen.put(&path, json!({})).await.code(), "Restricted");
    }
    for _ in 0..20 {
        assert_eq!(gwen.put(&path, json!({})).await.code(), "DiscordUnavailable");
    }
    assert_eq!(world.asked(Route::Join), 5);
    assert_eq!(gwen.get("/users/@me/guilds").await.code(), "DiscordUnavailable", "whatever she asks");
    let again = world.sign_in_with(GWEN, "guilds.join").await;
    assert_eq!(again.put(&path, json!({})).await.code(), "DiscordUnavailable", "also with a new grant");
    assert_eq!(anna.get("/users/@me/guilds").await.status, 200, "it is Gwen's pause");
    world.pass(TimeDelta::minutes(10));
    assert_eq!(gwen.get("/users/@me/guilds").await.status, 200);
}

#[tokio::test]
async fn a_limit_that_others_share_is_kept_to_and_not_counted() {
    let world = World::with(&[("RATE_LIMITS", FEW)]).await;
    world.discord_fails(Route::Guilds, limited(RateLimitForm::Shared, false));
    for user in [ANNA, BEN, CARA, DAVE, EMIL] {
        let person = world.sign_in(user).await;
        assert_eq!(person.get("/users/@me/guilds").await.code(), "DiscordUnavailable");
        let asked = world.asked(Route::Guilds);
        assert_eq!(person.get("/users/@me/guilds").await.code(), "DiscordUnavailable");
        assert_eq!(world.asked(Route::Guilds), asked, "kept to");
    }
    world.discord().faults().clear();
    assert_eq!(world.sign_in(FAY).await.get("/users/@me/guilds").await.status, 200);
}

#[tokio::test]
async fn a_global_limit_pauses_everybody_wherever_it_is_met() {
    for route in [Route::Token, Route::Identify] {
        let world = World::with(&[("RATE_LIMITS", "sign-in=1000/10")]).await;
        let anna = world.sign_in(ANNA).await;
        world.discord_fails(route, limited(RateLimitForm::Json, true));
        assert_eq!(exchange(&world).await.code(), "DiscordUnavailable");
        world.discord().faults().clear();
        assert_all_paused(&world, &anna).await;
        world.pass(TimeDelta::seconds(1));
        assert_eq!(anna.get("/users/@me/guilds").await.status, 200, "{route}");
    }
}

#[tokio::test]
async fn a_code_that_comes_while_discord_is_left_alone_is_good_afterwards() {
    let world = World::new().await;
    let code = world.code(ANNA, &[("redirect_uri", WEB)]).await;
    let browser = world.browser();
    let back = browser.back_from_discord("/portal", BEN).await;
    world.discord_fails(Route::Identify, limited(RateLimitForm::Json, true));
    assert_eq!(exchange(&world).await.code(), "DiscordUnavailable");
    world.discord().faults().clear();

    let body = json!({"code": code, "redirect_uri": WEB});
    assert_eq!(world.exchange(body.clone()).await.header("retry-after"), Some("1"));
    assert_eq!(browser.get(&back).await.status, 503);
    world.pass(TimeDelta::seconds(1));
    assert!(world.person(&world.exchange(body).await).is_signed_in().await);
    assert_eq!(browser.get(&back).await.status, 303);
}

#[tokio::test]
async fn a_revocation_that_meets_a_limit_waits_too() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let fault = Fault::RateLimited { form: RateLimitForm::NoHeaders, retry_after: Some(30), global: false };
    world.discord_fails(Route::Revoke, fault);
    for _ in 0..3 {
        assert_eq!(anna.delete("/users/@me/discord").await.header("retry-after"), Some("30"));
    }
    assert_eq!(world.asked(Route::Revoke), 1);
    world.discord().faults().clear();
    world.pass(TimeDelta::seconds(30));
    assert_eq!(anna.delete("/users/@me/discord").await.status, 204);
}
