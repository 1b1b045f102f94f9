//! What holds for all endpoints of apps.

use super::*;

#[tokio::test]
async fn every_door_takes_the_credential_it_is_for() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let (token, phone) = (ben.api_token(3600).await, world.sign_in_to_app(BEN).await);
    let app = ben.register("An app").await;
    for session in [&token, &phone] {
        assert!(session.is_signed_in().await);
    }
    for door in ALL {
        let none = world.leaves_nothing(Answer::of(request(&world, door, &app.id))).await;
        assert_eq!(said(&none), refused(401, "NoAuthToken"), "{door:?}");
        let by_app = world.leaves_nothing(knock(&world, door, &app.id, &app.token)).await;
        assert_eq!(said(&by_app), refused(403, "Restricted"), "{door:?}");
        let by_token = world.leaves_nothing(knock(&world, door, &app.id, &token.token)).await;
        let wanted = if door == GET { (200, String::new()) } else { refused(403, "Restricted") };
        assert_eq!(said(&by_token), wanted, "{door:?}");
    }
    for door in [CREATE, LIST, GET, UPDATE, REGENERATE, DELETE] {
        let by_phone = knock(&world, door, &app.id, &phone.token).await;
        assert!(matches!(by_phone.status, 200 | 201 | 204), "{door:?} {}", by_phone.text());
    }
}

#[tokio::test]
async fn somebody_elses_app_is_not_there() {
    let world = World::new().await;
    let (anna, ben, dave) = (world.sign_in(ANNA).await, world.sign_in(BEN).await, world.sign_in(DAVE).await);
    let public = ben.register("An app").await;
    let private = ben.register_with(json!({"name": "Another", "private": true})).await;
    for session in [&anna, &dave] {
        assert!(session.is_signed_in().await);
    }
    let nobodys = AppId::new(world.clock.now(), [7; 10]).to_string();
    for (app_id, is_public) in [(&public.id, true), (&private.id, false), (&nobodys, false)] {
        for door in OF_ONE {
            // An operator may vouch for an app, and owns it no more than others do.
            for person in [&anna, &dave] {
                let wanted = match door {
                    GET if is_public => (200, String::new()),
                    VERIFY | TRUST if person.user_id == dave.user_id => refused(403, "Restricted"),
                    VERIFY | TRUST if *app_id != nobodys => continue,
                    _ => refused(404, "NotFound"),
                };
                let answer = world.leaves_nothing(knock(&world, door, app_id, &person.token)).await;
                assert_eq!(said(&answer), wanted, "{door:?} {app_id} {}", person.user_id);
            }
        }
    }
    assert!(public.is_live().await && private.is_live().await);
}

#[tokio::test]
async fn an_id_is_read_as_uuids_are_printed_elsewhere_and_answered_in_one_spelling() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let spellings: [fn(&str) -> String; 3] =
        [|id| id.to_uppercase(), |id| id.replace('-', ""), |id| id.replace('-', "").to_uppercase()];
    for spelled in spellings {
        let app = anna.register("An app").await;
        for door in [GET, UPDATE, VERIFY, TRUST, REVEAL, REGENERATE, DELETE] {
            let answer = knock(&world, door, &spelled(&app.id), &anna.token).await;
            assert!(matches!(answer.status, 200 | 204), "{door:?} {}", answer.text());
            let answered = &answer.json()["id"];
            assert!(answered.is_null() || *answered == app.id, "{door:?} {}", answer.text());
        }
    }
    let app = anna.register("An app").await;
    let (braces, urn) = (format!("%7B{}%7D", app.id), format!("urn:uuid:{}", app.id));
    let (odd, short) = (app.id.replacen('-', "", 1), app.id[1..].to_owned());
    for id in [&*braces, &urn, &odd, &short, "@me", "1", "%00", "x"] {
        for door in OF_ONE {
            let answer = world.leaves_nothing(knock(&world, door, id, &anna.token)).await;
            assert_eq!((answer.status, &answer.json()["field"]), (400, &json!("app_id")), "{door:?} {id}");
        }
    }
    for door in OF_ONE {
        let nil = knock(&world, door, "00000000-0000-0000-0000-000000000000", &anna.token).await;
        assert_eq!(said(&nil), refused(404, "NotFound"), "{door:?}");
    }
}

#[tokio::test]
async fn another_sites_page_changes_nothing() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let app = anna.register("An app").await;
    for door in [CREATE, UPDATE, DELETE, REGENERATE, VERIFY, TRUST] {
        for origin in [None, Some("null"), Some("https://evil.example")] {
            let mut request =
                request(&world, door, &app.id).header("cookie", format!("__Host-guildpass={}", anna.token));
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            let answer = world.leaves_nothing(Answer::of(request)).await;
            assert_eq!(said(&answer), refused(403, "CrossOrigin"), "{door:?} {origin:?}");
        }
    }
}

#[tokio::test]
async fn a_read_that_fails_opens_no_door() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let app = anna.register("An app").await;
    for fault in [Fault::Denied, Fault::Unprocessed] {
        for door in ALL {
            world.wire.fail("BatchGetItem", fault, 100);
            let answer = world.leaves_nothing(knock(&world, door, &app.id, &anna.token)).await;
            assert_eq!(said(&answer), refused(503, "Unavailable"), "{door:?} {fault:?}");
            world.wire.heal();
        }
        // The caller is found, and then the app is not to be read.
        for door in [LIST, GET, REVEAL, REGENERATE] {
            let first = world.wire.hold("BatchGetItem");
            let (answer, ()) = tokio::join!(knock(&world, door, &app.id, &anna.token), async {
                first.arrived().await;
                let second = world.wire.hold("BatchGetItem");
                drop(first);
                second.arrived().await;
                world.wire.fail("BatchGetItem", fault, 100);
            });
            assert_eq!(said(&answer), refused(503, "Unavailable"), "{door:?} {fault:?}");
            world.wire.heal();
        }
    }
    assert!(app.is_live().await);
}

#[tokio::test]
async fn nothing_is_said_to_be_done_that_is_not() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let app = anna.register("An app").await;
    for fault in [Fault::ServerError, Fault::Throttled, Fault::Denied] {
        for door in [CREATE, UPDATE, DELETE, REGENERATE, VERIFY] {
            let operation = if door == VERIFY { "UpdateItem" } else { "TransactWriteItems" };
            world.wire.fail(operation, fault, 100);
            let answer = world.leaves_nothing(knock(&world, door, &app.id, &anna.token)).await;
            assert_eq!(said(&answer), refused(503, "Unavailable"), "{door:?} {fault:?}");
            world.wire.heal();
        }
    }
    assert!(app.is_live().await);
}

#[tokio::test]
async fn what_is_gone_is_not_brought_back_by_a_change() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    anna.get("/sessions/@me").await;
    for (door, status) in [(UPDATE, 404), (REGENERATE, 409), (DELETE, 404), (VERIFY, 404)] {
        let app = anna.register("An app").await;
        let hold = world.wire.hold(if door == VERIFY { "UpdateItem" } else { "TransactWriteItems" });
        let (answer, ()) = tokio::join!(knock(&world, door, &app.id, &anna.token), async {
            hold.arrived().await;
            remove(&app).await;
            drop(hold);
        });
        assert_eq!(answer.status, status, "{door:?} {}", answer.text());
        assert_eq!(item_of(&app).await, None, "{door:?}");
    }
}

#[tokio::test]
async fn an_owners_writes_are_limited_and_reads_are_not() {
    let world = World::with(&[]).await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let app = anna.register("An app").await;
    for _ in 1..30 {
        assert_eq!(anna.patch(&path(&app), json!({"private": false})).await.status, 200);
    }
    for door in CHANGES {
        let answer = world.leaves_nothing(knock(&world, door, &app.id, &anna.token)).await;
        assert_eq!(said(&answer), refused(429, "RateLimited"), "{door:?}");
        assert!((1..=60).contains(&answer.header("retry-after").unwrap().parse::<u64>().unwrap()));
    }
    for door in [LIST, GET, REVEAL] {
        assert_eq!(knock(&world, door, &app.id, &anna.token).await.status, 200, "{door:?}");
    }
    ben.register("Another").await;
    world.pass(chrono::TimeDelta::seconds(60));
    assert_eq!(knock(&world, DELETE, &app.id, &anna.token).await.status, 204);
}
