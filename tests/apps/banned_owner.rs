//! Apps stop with an owner who is banned, and go on when the ban is lifted.

use super::*;

const NOTHING: [String; 0] = [];

/// Whether it is turned away as one whose owner is banned, wherever it knocks.
async fn is_suspended(app: &TestApp<'_>) -> bool {
    let answers = [
        app.get("/app").await,
        app.get(&format!("/app/guilds/{LIGHTHOUSE}")).await,
        app.get(&format!("/app/users/{GWEN}")).await,
        app.post(&format!("/app/deauthorize?guildId={LIGHTHOUSE}")).await,
    ];
    answers.iter().all(|answer| said(answer) == refused(403, "ApiBanned"))
}

#[tokio::test]
async fn a_ban_that_lands_before_the_write_prevents_it() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let app = ben.register("An app").await;
    for person in [&anna, &ben] {
        assert!(person.is_signed_in().await);
    }
    for door in CHANGES {
        let before = world.everything().await;
        let hold = world.wire.hold("TransactWriteItems");
        let (answer, banned) = tokio::join!(knock(&world, door, &app.id, &ben.token), async {
            hold.arrived().await;
            let (banned, ()) = tokio::join!(put_state(&anna, BEN, "banned"), async {
                // The ban is written when its apps are to follow.
                hold.arrived().await;
                drop(hold);
            });
            banned
        });
        assert_eq!((said(&answer), banned.status), (refused(403, "ApiBanned"), 204), "{door:?}");
        assert!(is_suspended(&app).await);
        assert_eq!(put_state(&anna, BEN, "normal").await.status, 204);
        assert_eq!(world.everything().await, before, "{door:?}");
        assert!(app.is_live().await);
    }
}

#[tokio::test]
async fn signing_out_everywhere_before_the_write_prevents_it() {
    let world = World::new().await;
    let app = world.sign_in(BEN).await.register("An app").await;
    for door in CHANGES {
        let ben = world.sign_in(BEN).await;
        let before = item_of(&app).await;
        let hold = world.wire.hold("TransactWriteItems");
        let (answer, ()) = tokio::join!(knock(&world, door, &app.id, &ben.token), async {
            hold.arrived().await;
            assert_eq!(ben.delete("/sessions").await.status, 204);
            drop(hold);
        });
        assert_eq!(said(&answer), refused(401, "InvalidToken"), "{door:?}");
        assert_eq!(item_of(&app).await, before, "{door:?}");
        assert_eq!(names_of(&world.sign_in(BEN).await).await, ["An app"], "{door:?}");
    }
}

#[tokio::test]
async fn a_banned_owners_apps_stop_at_once_and_others_do_not_see_them() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let (dave, gwen) = (world.sign_in(DAVE).await, world.sign_in(GWEN).await);
    let (app, bens) = (dave.register("An app").await, ben.register("Another").await);
    assert_eq!(ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    assert_eq!(gwen.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);

    for _ in 0..2 {
        assert_eq!(put_state(&anna, DAVE, "banned").await.status, 204);
        assert!(is_suspended(&app).await);
    }
    assert!(bens.is_live().await);
    for door in ALL {
        assert_eq!(said(&knock(&world, door, &app.id, &dave.token).await), refused(403, "ApiBanned"), "{door:?}");
    }
    for person in [&anna, &ben, &gwen] {
        assert_eq!(said(&person.get(&path(&app)).await), refused(404, "NotFound"));
    }
    assert_eq!(gwen.authorize(&app, HARBOUR, &["VIEW_CASES"]).await.status, 404);
    assert_eq!(ben.authorize(&app, LIGHTHOUSE, &["MANAGE_CASES"]).await.status, 404);
    assert_eq!(ben.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 404);

    assert_eq!(put_state(&anna, DAVE, "normal").await.status, 204);
    assert_eq!(app.may(LIGHTHOUSE).await, ["VIEW_CASES"], "what it was authorized for is as it was");
    assert_eq!((app.may_for(GWEN).await, app.may(HARBOUR).await), (vec!["READ_PROFILE".to_owned()], vec![]));
    assert_eq!(ben.get(&path(&app)).await.status, 200);
    assert_eq!(names_of(&dave).await, ["An app"]);
}

#[tokio::test]
async fn all_twenty_five_stop_and_go_on() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let mut apps = Vec::new();
    for _ in 0..25 {
        apps.push(ben.register("An app").await);
    }
    for (state, is_live) in [("banned", false), ("normal", true), ("banned", false)] {
        assert_eq!(put_state(&anna, BEN, state).await.status, 204);
        for app in &apps {
            assert_eq!(app.is_live().await, is_live, "{state}");
        }
    }
}

#[tokio::test]
async fn lifting_a_ban_revives_what_was_not_deleted() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let (kept, deleted, half) =
        (ben.register("Kept").await, ben.register("Deleted").await, ben.register("Half deleted").await);
    assert_eq!(ben.delete(&path(&deleted)).await.status, 204);
    assert_eq!(ben.authorize(&half, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    world.wire.fail("BatchWriteItem", Fault::Denied, 1);
    assert_eq!(ben.delete(&path(&half)).await.status, 503);
    for state in ["banned", "normal"] {
        assert_eq!(put_state(&anna, BEN, state).await.status, 204);
    }
    assert!(kept.is_live().await && !deleted.is_live().await && !half.is_live().await);
    assert_eq!((names_of(&ben).await, left_of(&world, &deleted.id).await), (vec!["Kept".into()], NOTHING.into()));
    assert_eq!(ben.delete(&path(&half)).await.status, 204);
    assert_eq!(left_of(&world, &half.id).await, NOTHING);
}

#[tokio::test]
async fn a_ban_that_did_not_reach_the_apps_is_not_said_to_be_done() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let app = ben.register("An app").await;
    for (state, is_live) in [("banned", false), ("normal", true)] {
        for fault in [Fault::Denied, Fault::ServerError] {
            world.wire.fail("TransactWriteItems", fault, 100);
            assert_eq!(said(&put_state(&anna, BEN, state).await), refused(503, "Unavailable"), "{state} {fault:?}");
            world.wire.heal();
        }
        assert_eq!(app.is_live().await, !is_live, "the apps have not followed");
        assert_eq!(put_state(&anna, BEN, state).await.status, 204, "{state}");
        assert_eq!(app.is_live().await, is_live, "{state}");
    }
}

#[tokio::test]
async fn an_app_that_is_made_just_before_the_ban_stops_too() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    for person in [&anna, &ben] {
        assert!(person.is_signed_in().await);
    }
    let hold = world.wire.hold("UpdateItem");
    let (banned, app) = tokio::join!(put_state(&anna, BEN, "banned"), async {
        hold.arrived().await;
        let app = ben.register("An app").await;
        drop(hold);
        app
    });
    assert_eq!(banned.status, 204);
    assert!(is_suspended(&app).await);
}

#[tokio::test]
async fn an_app_that_goes_while_its_owner_is_banned_is_no_hindrance() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let (going, kept) = (ben.register("Going").await, ben.register("Kept").await);
    let hold = world.wire.hold("Query");
    let (deleted, ()) = tokio::join!(knock(&world, DELETE, &going.id, &ben.token), async {
        hold.arrived().await;
        assert_eq!(put_state(&anna, BEN, "banned").await.status, 204);
        drop(hold);
    });
    assert_eq!(deleted.status, 204, "it had begun before the ban");
    assert_eq!(left_of(&world, &going.id).await, NOTHING);
    assert!(is_suspended(&kept).await);

    // Gone between the ban and what makes the apps follow it.
    assert_eq!(put_state(&anna, BEN, "normal").await.status, 204);
    let going = ben.register("Going").await;
    let named = world.item(BEN, "account").await.unwrap()["app_ids"].as_bs().unwrap().clone();
    let of_kept = kept.id.parse::<AppId>().unwrap();
    let left: Vec<_> = named.into_iter().filter(|id| id.as_ref() == of_kept.as_bytes()).collect();
    assert_eq!(left.len(), 1);
    let hold = world.wire.hold("TransactWriteItems");
    let (banned, ()) = tokio::join!(put_state(&anna, BEN, "banned"), async {
        hold.arrived().await;
        remove(&going).await;
        world.set(BEN, "account", "app_ids", Some(AttributeValue::Bs(left))).await;
        drop(hold);
    });
    assert_eq!(banned.status, 204);
    assert!(is_suspended(&kept).await);
    assert_eq!(left_of(&world, &going.id).await, NOTHING);
}

#[tokio::test]
async fn a_ban_that_was_lifted_since_and_the_other_way_round_leaves_the_apps_alone() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let app = ben.register("An app").await;
    for state in ["banned", "normal"] {
        let hold = world.wire.hold("TransactWriteItems");
        let (answer, ()) = tokio::join!(put_state(&anna, BEN, state), async {
            hold.arrived().await;
            // What another operator has done meanwhile, from beginning to end.
            if state == "banned" {
                world.unban(BEN).await
            } else {
                world.ban(BEN).await
            }
            set(&app, "suspended", AttributeValue::Bool(state == "normal")).await;
            drop(hold);
        });
        assert_eq!(answer.status, 204);
        assert_eq!(app.is_live().await, state == "banned", "{state}");
    }
}
