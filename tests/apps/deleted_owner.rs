//! A user who is deleted takes their apps along, and what they authorized for themselves.

use super::*;

const NOTHING: [String; 0] = [];

async fn left_of_user(world: &World, user: u64) -> Vec<String> {
    world.everything().await.into_iter().filter(|item| item.contains(&user.to_string())).collect()
}

#[tokio::test]
async fn takes_apps_and_authorizations_along() {
    let world = World::new().await;
    let (ben, dave, gwen) = (world.sign_in(BEN).await, world.sign_in(DAVE).await, world.sign_in(GWEN).await);
    let apps = [ben.register("An app").await, ben.register("Another").await];
    for app in &apps {
        assert_eq!(gwen.authorize(app, HARBOUR, &["VIEW_CASES"]).await.status, 201);
        assert_eq!(gwen.authorize_for_me(app, &["READ_PROFILE"]).await.status, 201);
    }
    let daves = dave.register("Dave's").await;
    for person in [&ben, &gwen] {
        assert_eq!(person.authorize_for_me(&daves, &["READ_PROFILE"]).await.status, 201);
    }
    assert_eq!(ben.authorize(&daves, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);

    assert_eq!(ben.delete("/users/@me").await.status, 204);
    for app in &apps {
        assert_eq!(left_of(&world, &app.id).await, NOTHING);
        assert!(!app.is_live().await);
        assert_eq!(gwen.get(&path(app)).await.status, 404);
    }
    assert_eq!((daves.may_for(BEN).await, daves.may_for(GWEN).await), (vec![], vec!["READ_PROFILE".to_owned()]));
    let left = left_of_user(&world, BEN).await;
    assert_eq!(left.len(), 1, "{left:#?}");
    assert!(left[0].contains(&format!("guild#{LIGHTHOUSE}")), "what he granted on a guild is the guild's");

    let ben = world.sign_in(BEN).await;
    assert!(names_of(&ben).await.is_empty());
    for _ in 0..25 {
        ben.register("An app").await;
    }
}

#[tokio::test]
async fn can_be_repeated_after_a_failure_at_any_step() {
    let world = World::new().await;
    let gwen = world.sign_in(GWEN).await;
    let dave = world.sign_in(DAVE).await;
    let daves = dave.register("Dave's").await;
    for operation in ["UpdateItem", "TransactWriteItems", "Query", "BatchWriteItem"] {
        let ben = world.sign_in(BEN).await;
        assert!(ben.is_signed_in().await);
        let apps = [ben.register("An app").await, ben.register("Another").await];
        for app in &apps {
            assert_eq!(gwen.authorize_for_me(app, &["READ_PROFILE"]).await.status, 201);
        }
        assert_eq!(ben.authorize_for_me(&daves, &["READ_PROFILE"]).await.status, 201);
        world.wire.fail(operation, Fault::Denied, 1);
        assert_eq!(said(&ben.delete("/users/@me").await), refused(503, "Unavailable"), "{operation}");
        assert!(ben.is_signed_in().await, "what it was asked by goes last");
        assert_eq!(ben.delete("/users/@me").await.status, 204, "{operation}");
        for app in &apps {
            assert_eq!(left_of(&world, &app.id).await, NOTHING, "{operation}");
        }
        assert_eq!(left_of_user(&world, BEN).await, NOTHING, "{operation}");
    }
}

#[tokio::test]
async fn what_is_made_or_authorized_meanwhile_is_no_orphan() {
    let world = World::new().await;
    let dave = world.sign_in(DAVE).await;
    let daves = dave.register("Dave's").await;
    let authorize: Door = ("PUT", "/apps/{app_id}/users/@me", r#"{"permissions":["READ_PROFILE"]}"#);
    for door in [CREATE, authorize] {
        // Written after the account was marked, or after it has gone. Without a grant, a deletion's last write is its only transaction.
        let ben = world.sign_in(BEN).await;
        assert_eq!(ben.delete("/users/@me/discord").await.status, 204);
        let hold = world.wire.hold("TransactWriteItems");
        let (answer, deleted) = tokio::join!(knock(&world, door, &daves.id, &ben.token), async {
            hold.arrived().await;
            let (deleted, ()) = tokio::join!(ben.delete("/users/@me"), async {
                hold.arrived().await;
                drop(hold);
            });
            deleted
        });
        assert_eq!((said(&answer), deleted.status), (refused(401, "InvalidToken"), 204), "{door:?}");
        assert_eq!(left_of_user(&world, BEN).await, NOTHING, "{door:?}");

        // Written just before the account is marked.
        let ben = world.sign_in(BEN).await;
        assert!(ben.is_signed_in().await);
        let hold = world.wire.hold("UpdateItem");
        let (deleted, answer) = tokio::join!(ben.delete("/users/@me"), async {
            hold.arrived().await;
            let answer = knock(&world, door, &daves.id, &ben.token).await;
            drop(hold);
            answer
        });
        assert_eq!((answer.status, deleted.status), (201, 204), "{door:?}");
        assert_eq!(left_of_user(&world, BEN).await, NOTHING, "{door:?}");
        let made = answer.json()["app"]["id"].as_str().map(str::to_owned);
        assert_eq!(left_of(&world, made.as_deref().unwrap_or("00000000-0000-0000-0000-000000000000")).await, NOTHING);
    }
    assert!(daves.is_live().await);
}

#[tokio::test]
async fn one_who_signs_in_meanwhile_keeps_no_app() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let app = ben.register("An app").await;
    let hold = world.wire.hold_of("user-delete", "Query");
    let (deleted, (again, later)) = tokio::join!(ben.delete("/users/@me"), async {
        hold.arrived().await;
        let again = world.sign_in(BEN).await;
        let later = again.register("Later").await;
        drop(hold);
        (again, later)
    });
    assert_eq!(deleted.status, 204);
    assert!(!again.is_signed_in().await && !later.is_live().await);
    for app in [&app, &later] {
        assert_eq!(left_of(&world, &app.id).await, NOTHING);
    }
    assert_eq!(left_of_user(&world, BEN).await, NOTHING);
}

#[tokio::test]
async fn deletes_an_app_that_its_owner_is_deleting() {
    let world = World::new().await;
    let gwen = world.sign_in(GWEN).await;
    for held in ["Query", "TransactWriteItems", "BatchWriteItem"] {
        let ben = world.sign_in(BEN).await;
        let app = ben.register("An app").await;
        assert_eq!(gwen.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
        let hold = world.wire.hold(held);
        let (of_app, of_user) = tokio::join!(knock(&world, DELETE, &app.id, &ben.token), async {
            hold.arrived().await;
            let (of_user, ()) = tokio::join!(ben.delete("/users/@me"), async {
                hold.arrived().await;
                drop(hold);
            });
            of_user
        });
        assert_eq!(of_user.status, 204, "{held}");
        assert!(matches!(of_app.status, 204 | 401 | 404), "{held}: {}", of_app.text());
        assert_eq!(left_of(&world, &app.id).await, NOTHING, "{held}");
        assert_eq!(left_of_user(&world, BEN).await, NOTHING, "{held}");
    }
}

#[tokio::test]
async fn a_ban_meanwhile_is_not_shaken_off() {
    let world = World::new().await;
    let (anna, gwen) = (world.sign_in(ANNA).await, world.sign_in(GWEN).await);
    let mut again = Vec::new();
    // Before the first write, before the first and the last page of deletes, and before what ends it.
    for held in ["UpdateItem", "Query", "BatchWriteItem", "TransactWriteItems"] {
        let ben = world.sign_in(BEN).await;
        for person in [&anna, &ben] {
            assert!(person.is_signed_in().await);
        }
        if held != "TransactWriteItems" {
            let app = ben.register("An app").await;
            assert_eq!(gwen.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
        }
        let hold = world.wire.hold(held);
        let (deleted, ()) = tokio::join!(ben.delete("/users/@me"), async {
            hold.arrived().await;
            match held {
                "UpdateItem" => world.ban(BEN).await,
                _ => assert_eq!(put_state(&anna, BEN, "banned").await.status, 204),
            }
            drop(hold);
        });
        let code = world.code(BEN, &[("redirect_uri", WEB)]).await;
        let signed_in = world.exchange(json!({"code": code, "redirect_uri": WEB})).await;
        again.push((held, deleted.text(), said(&signed_in)));
        assert_eq!(put_state(&anna, BEN, "normal").await.status, 204);
    }
    assert!(again.iter().all(|(_, _, said)| *said == refused(403, "ApiBanned")), "{again:#?}");
}
