//! Every method with every fault of Discord's: who failed decides the error, and no call is made twice.

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use local::stand_in::world::{FAY, LIGHTHOUSE};
use local::stand_in::{BlockForm, Fault, GarbledForm, RateLimitForm, Route, Switch};
use shared::discord::{Client, Error, Member, Observer, Refusal, Rejection};
use shared::domain::{AccessToken, GuildId, RefreshToken, UserId};

use super::discord::{Discord, REDIRECT, answering, bot, refusal};

const ROUTES: [Route; 5] = [Route::Identify, Route::Guilds, Route::Connections, Route::Authorization, Route::Join];

/// Calls the method of that route.
async fn call(discord: &Discord, route: Route, token: &AccessToken) -> Result<(), Error> {
    let client = &discord.client;
    match route {
        Route::Identify => client.identify(token).await.map(drop),
        Route::Guilds => client.guilds(token).await.map(drop),
        Route::Connections => client.connections(token).await.map(drop),
        Route::Authorization => client.current_authorization(token).await.map(drop),
        Route::Join => {
            let (guild, user) = (GuildId::new(LIGHTHOUSE), UserId::new(FAY));
            client.add_member(&bot(), guild, user, token, &Member::default()).await.map(drop)
        }
        Route::Authorize | Route::Token | Route::Revoke | Route::Member => panic!("no method with an access token"),
    }
}

/// The outcome of the method of each route under a fault, asked once.
async fn outcomes(fault: Fault) -> Vec<(Route, Result<(), Error>)> {
    let discord = Discord::new().await;
    let token = discord.sign_in(FAY, "identify guilds connections guilds.join").await.tokens.access;
    let mut outcomes = Vec::new();
    for route in ROUTES {
        discord.switch(Switch::once(route, fault.clone()));
        let asked = discord.calls(route);
        outcomes.push((route, call(&discord, route, &token).await));
        assert_eq!(discord.calls(route), asked + 1, "{route}: asked once");
        assert!(call(&discord, route, &token).await.is_ok(), "{route}: works again");
    }
    outcomes
}

#[tokio::test]
async fn a_rate_limit_says_how_long_and_whether_it_is_global() {
    let limited = |form, retry_after, global| Fault::RateLimited { form, retry_after, global };
    for (fault, expected) in [
        (limited(RateLimitForm::Json, Some(3), false), (Some(3.0), false)),
        (limited(RateLimitForm::Json, Some(3), true), (Some(3.0), true)),
        (limited(RateLimitForm::Json, Some(82_721), false), (Some(82_721.0), false)),
        (limited(RateLimitForm::Json, Some(-1), false), (None, false)),
        (limited(RateLimitForm::Shared, Some(4), false), (Some(4.0), false)),
        (limited(RateLimitForm::NoHeaders, Some(3), false), (Some(3.0), false)),
        (limited(RateLimitForm::NoHeaders, Some(3), true), (Some(3.0), true)),
        (limited(RateLimitForm::Html, Some(7), true), (Some(7.0), false)),
        (limited(RateLimitForm::Html, None, false), (None, false)),
    ] {
        for (route, outcome) in outcomes(fault.clone()).await {
            let Err(Error::RateLimited { retry_after, global }) = outcome else {
                panic!("{route} {fault:?}: {outcome:?}")
            };
            assert_eq!((retry_after, global), expected, "{route} {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_rate_limit_is_one_whatever_its_body() {
    let token = AccessToken::new("any".into());
    let json = ("content-type", "application/json");
    for (headers, body, global) in [
        (vec![json], "{".to_owned(), false),
        (vec![json], r#"{"global": "true"}"#.to_owned(), false),
        (vec![json], " ".repeat(300 * 1024), false),
        (vec![json, ("x-ratelimit-global", "true")], "{".to_owned(), true),
        (vec![("x-ratelimit-global", "true")], String::new(), true),
        (vec![json, ("x-ratelimit-global", "false")], r#"{"global": true}"#.to_owned(), true),
    ] {
        let error = answering(429, &headers, body).await.guilds(&token).await.unwrap_err();
        assert!(matches!(error, Error::RateLimited { global: is, .. } if is == global), "{headers:?} {error:?}");
    }
}

#[tokio::test]
async fn dead_tokens_are_the_users_and_a_dead_bot_is_ours() {
    for (route, outcome) in outcomes(Fault::DeadTokens).await {
        let expected = if route == Route::Join { Refusal::BotToken } else { Refusal::AccessToken };
        assert_eq!(refusal(&outcome.unwrap_err()), Some((401, expected)), "{route}");
    }
}

#[tokio::test]
async fn no_answer_of_discords_application_is_unreachable() {
    for fault in [
        Fault::Status { code: 500, html: false },
        Fault::Status { code: 502, html: true },
        Fault::Reset,
        Fault::CloudflareBlock { form: BlockForm::Json },
        Fault::CloudflareBlock { form: BlockForm::Html },
    ] {
        for (route, outcome) in outcomes(fault.clone()).await {
            assert!(matches!(outcome, Err(Error::Unreachable(..))), "{route} {fault:?}: {outcome:?}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_garbled() {
    for fault in [
        Fault::Oversized,
        Fault::Garbled { form: GarbledForm::Truncated },
        Fault::Garbled { form: GarbledForm::WrongContentType },
        Fault::Garbled { form: GarbledForm::Object },
        Fault::Garbled { form: GarbledForm::Null },
    ] {
        for (route, outcome) in outcomes(fault.clone()).await {
            // That somebody has joined is in the status; 200 for that is as wrong as an endless body.
            let is_right = match &outcome {
                Ok(()) => route == Route::Join && fault != Fault::Oversized,
                Err(error) => matches!(error, Error::Garbled(..)),
            };
            assert!(is_right, "{route} {fault:?}: {outcome:?}");
        }
    }
}

#[tokio::test]
async fn no_call_outlasts_its_budget() {
    let discord = Discord::new().await;
    let token = discord.sign_in(FAY, "identify guilds connections guilds.join").await.tokens.access;
    for fault in [Fault::Stall { seconds: 60 }, Fault::SlowBody { every_ms: 1000 }] {
        for route in ROUTES {
            discord.switch(Switch::always(local::stand_in::Target::One(route), fault.clone()));
        }
        let calls = async {
            tokio::join!(
                call(&discord, Route::Identify, &token),
                call(&discord, Route::Guilds, &token),
                call(&discord, Route::Connections, &token),
                call(&discord, Route::Authorization, &token),
                call(&discord, Route::Join, &token),
            )
        };
        let (identify, guilds, connections, authorization, join) =
            tokio::time::timeout(std::time::Duration::from_secs(8), calls).await.expect("an end after 5 s");
        for (index, outcome) in [identify, guilds, connections, authorization, join].into_iter().enumerate() {
            // An empty list and an answer without a body can be over in time, drop by drop.
            let may_be_in_time = matches!(fault, Fault::SlowBody { .. }) && matches!(index, 1 | 2 | 4);
            let is_over = matches!(&outcome, Err(Error::Unreachable(why, _)) if why == "no answer in time");
            assert!(is_over || may_be_in_time && outcome.is_ok(), "{index} {fault:?}: {outcome:?}");
        }
    }
}

/// Keeps what it is told.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<(u16, bool)>>>);

impl Observer for Told {
    fn rejected(&self, rejection: Rejection) -> BoxFuture<'_, ()> {
        self.0.lock().unwrap().push((rejection.status.as_u16(), rejection.counts_towards_ban()));
        Box::pin(std::future::ready(()))
    }
}

/// Every call that the client has.
async fn call_everything(client: &Client) {
    let token = AccessToken::new("any".into());
    drop(client.exchange(&"code".parse().unwrap(), REDIRECT, None).await);
    drop(client.refresh(&RefreshToken::new("any".into())).await);
    drop(client.revoke(&RefreshToken::new("any".into())).await);
    drop(client.identify(&token).await);
    drop(client.identify_as(UserId::new(1), &token).await);
    drop(client.guilds(&token).await);
    drop(client.connections(&token).await);
    drop(client.current_authorization(&token).await);
    drop(client.add_member(&bot(), GuildId::new(1), UserId::new(1), &token, &Member::default()).await);
}

#[tokio::test]
async fn an_observer_is_told_of_every_rejection_of_every_call() {
    let json = ("content-type", "application/json");
    for (status, headers, body, counts) in [
        (401, vec![json], r#"{"message": "401: Unauthorized", "code": 0}"#, true),
        (401, vec![json], r#"{"error": "invalid_client"}"#, true),
        (403, vec![json], r#"{"message": "no", "code": 50001}"#, true),
        (403, vec![json], r#"{"message": "internal network error", "code": 40333}"#, true),
        (403, vec![], "<html>", true),
        (401, vec![json], "{", true),
        (429, vec![json], r#"{"retry_after": 1, "global": false}"#, true),
        (429, vec![("x-ratelimit-scope", "shared")], "", false),
    ] {
        let told = Told::default();
        let client = answering(status, &headers, body.to_owned()).await.observed_by(told.clone());
        call_everything(&client).await;
        assert_eq!(*told.0.lock().unwrap(), [(status, counts); 9], "{status} {body}");
    }
    for status in [200, 204, 400, 404, 500, 503] {
        let told = Told::default();
        let client = answering(status, &[json], "{}".to_owned()).await.observed_by(told.clone());
        call_everything(&client).await;
        assert_eq!(*told.0.lock().unwrap(), [], "{status}");
    }
}
