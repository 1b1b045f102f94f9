//! `DELETE /apps/{app_id}`

use local::stand_in::{Fault as DiscordFault, Route};

use super::*;

const NOTHING: [String; 0] = [];

/// Straight into the tables: so many guilds and users that authorized an app.
async fn authorize_on(app: &TestApp<'_>, guilds: u64, users: u64) {
    let common = |item: String, permission: &str| {
        Item::from([
            ("app_id".into(), text(&app.id)),
            ("item".into(), text(item)),
            ("permissions".into(), AttributeValue::Ss(vec![permission.into()])),
            ("granted_by".into(), text("42")),
            ("granted_at".into(), AttributeValue::N(app.world.clock.now().timestamp_millis().to_string())),
        ])
    };
    let on_guilds = (1..=guilds).map(|id| {
        let mut item = common(format!("guild#{id}"), "VIEW_CASES");
        item.extend([("guild_id".into(), text(id.to_string())), ("name".into(), text("A guild"))]);
        item.insert("icon".into(), AttributeValue::Null(true));
        item
    });
    let for_users = (1..=users).map(|id| common(format!("user#{id}"), "READ_PROFILE"));
    app.world.put_all("apps", on_guilds.chain(for_users)).await;
    let names = (1..=users).map(|id| {
        Item::from([("user_id".into(), text(id.to_string())), ("item".into(), text(format!("authorized#{}", app.id)))])
    });
    app.world.put_all("users", names).await;
}

#[tokio::test]
async fn leaves_nothing_of_it_anywhere() {
    let world = World::new().await;
    let (ben, gwen) = (world.sign_in(BEN).await, world.sign_in(GWEN).await);
    let (app, other) = (ben.register("An app").await, ben.register("Another").await);
    for app in [&app, &other] {
        assert_eq!(ben.authorize(app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
        assert_eq!(gwen.authorize(app, HARBOUR, &["MANAGE_CASES"]).await.status, 201);
        assert_eq!(gwen.authorize_for_me(app, &["READ_PROFILE"]).await.status, 201);
    }
    assert_eq!(left_of(&world, &app.id).await.len(), 6, "app, three authorizations, what names it with owner and user");
    let others = left_of(&world, &other.id).await.len();

    let answer = ben.delete(&path(&app)).await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert_eq!(left_of(&world, &app.id).await, NOTHING);
    assert!(!app.is_live().await);
    for door in OF_ONE {
        let wanted = if matches!(door, VERIFY | TRUST) { refused(403, "Restricted") } else { refused(404, "NotFound") };
        assert_eq!(said(&knock(&world, door, &app.id, &ben.token).await), wanted, "{door:?}");
    }
    assert_eq!(ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 404);
    assert_eq!(gwen.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 404);
    assert_eq!((names_of(&ben).await, left_of(&world, &other.id).await.len()), (vec!["Another".into()], others));
    assert_eq!(
        (other.may(LIGHTHOUSE).await, other.may_for(GWEN).await),
        (vec!["VIEW_CASES".into()], vec!["READ_PROFILE".into()])
    );
}

#[tokio::test]
async fn copes_with_hundreds_of_authorizations() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let app = ben.register("An app").await;
    authorize_on(&app, 400, 200).await;
    assert_eq!(left_of(&world, &app.id).await.len(), 1 + 1 + 600 + 200);
    assert_eq!(ben.delete(&path(&app)).await.status, 204);
    assert_eq!(left_of(&world, &app.id).await, NOTHING);
}

#[tokio::test]
async fn what_dynamodb_leaves_unprocessed_is_sent_again() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let app = ben.register("An app").await;
    authorize_on(&app, 40, 20).await;
    world.wire.fail("BatchWriteItem", Fault::Unprocessed, 3);
    assert_eq!(ben.delete(&path(&app)).await.status, 204);
    assert_eq!(left_of(&world, &app.id).await, NOTHING);
}

#[tokio::test]
async fn it_is_dead_although_it_failed_in_the_middle_and_the_owner_finishes_it() {
    let world = World::new().await;
    let (anna, ben, gwen) = (world.sign_in(ANNA).await, world.sign_in(BEN).await, world.sign_in(GWEN).await);
    for (operation, fault, times) in
        [("Query", Fault::Denied, 1), ("BatchWriteItem", Fault::Denied, 1), ("BatchWriteItem", Fault::Unprocessed, 100)]
    {
        let app = ben.register("An app").await;
        authorize_on(&app, 60, 5).await;
        assert_eq!(gwen.authorize(&app, HARBOUR, &["VIEW_CASES"]).await.status, 201);
        world.wire.fail(operation, fault, times);
        assert_eq!(said(&ben.delete(&path(&app)).await), refused(503, "Unavailable"), "{operation} {fault:?}");
        world.wire.heal();

        assert!(item_of(&app).await.is_some(), "what the deletion is known by goes last");
        assert_eq!(said(&app.get("/app").await), refused(401, "InvalidToken"));
        for door in [GET, UPDATE, REVEAL, REGENERATE] {
            assert_eq!(said(&knock(&world, door, &app.id, &ben.token).await), refused(404, "NotFound"), "{door:?}");
        }
        for door in [GET, VERIFY, DELETE] {
            assert_eq!(said(&knock(&world, door, &app.id, &anna.token).await), refused(404, "NotFound"), "{door:?}");
        }
        assert_eq!(gwen.authorize(&app, HARBOUR, &["VIEW_CASES"]).await.status, 404);
        assert_eq!(gwen.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 404);
        assert!(names_of(&ben).await.is_empty());

        assert_eq!(ben.delete(&path(&app)).await.status, 204);
        assert_eq!(left_of(&world, &app.id).await, NOTHING);
        assert_eq!(said(&ben.delete(&path(&app)).await), refused(404, "NotFound"));
    }
}

#[tokio::test]
async fn one_that_fails_at_its_end_can_be_finished() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let app = ben.register("An app").await;
    let first = world.wire.hold("TransactWriteItems");
    let (answer, ()) = tokio::join!(knock(&world, DELETE, &app.id, &ben.token), async {
        first.arrived().await;
        let last = world.wire.hold("TransactWriteItems");
        drop(first);
        last.arrived().await;
        world.wire.fail("TransactWriteItems", Fault::Denied, 1);
    });
    assert_eq!(said(&answer), refused(503, "Unavailable"));
    assert!(!app.is_live().await);
    assert_eq!(ben.delete(&path(&app)).await.status, 204);
    assert_eq!(left_of(&world, &app.id).await, NOTHING);
}

#[tokio::test]
async fn one_whose_answer_was_lost_is_done() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let app = ben.register("An app").await;
    world.wire.fail("TransactWriteItems", Fault::AppliedAndLost, 1);
    assert_eq!(ben.delete(&path(&app)).await.status, 204);
    assert_eq!(left_of(&world, &app.id).await, NOTHING);
}

#[tokio::test]
async fn an_admin_who_authorizes_meanwhile_leaves_no_orphan() {
    let world = World::new().await;
    let (ben, dave, gwen) = (world.sign_in(BEN).await, world.sign_in(DAVE).await, world.sign_in(GWEN).await);
    let app = dave.register("An app").await;
    let asked = world.asked(Route::Guilds);
    world.discord_fails(Route::Guilds, DiscordFault::SlowBody { every_ms: 6 });
    let (authorized, deleted) = tokio::join!(ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]), async {
        world.until(|| world.asked(Route::Guilds) > asked).await;
        dave.delete(&path(&app)).await
    });
    assert_eq!((authorized.status, deleted.status), (404, 204), "it was there when the admin was looked up");
    assert_eq!(left_of(&world, &app.id).await, NOTHING);
    world.discord().faults().clear();

    for _ in 0..5 {
        let app = dave.register("An app").await;
        let app_path = path(&app);
        let hold = world.wire.hold("TransactWriteItems");
        let (on_guild, (for_me, deleted)) = tokio::join!(ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]), async {
            hold.arrived().await;
            tokio::join!(gwen.authorize_for_me(&app, &["READ_PROFILE"]), async {
                hold.arrived().await;
                let (deleted, ()) = tokio::join!(dave.delete(&app_path), async {
                    hold.arrived().await;
                    drop(hold);
                });
                deleted
            })
        });
        assert_eq!(deleted.status, 204);
        for answer in [on_guild, for_me] {
            assert!(matches!(answer.status, 201 | 404), "{}", answer.text());
        }
        assert_eq!(left_of(&world, &app.id).await, NOTHING);
    }
}

#[tokio::test]
async fn of_two_at_once_each_ends_it() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let app = ben.register("An app").await;
    authorize_on(&app, 30, 5).await;
    let app_path = path(&app);
    let hold = world.wire.hold("TransactWriteItems");
    let (one, other, ()) = tokio::join!(ben.delete(&app_path), ben.delete(&app_path), async {
        hold.arrived().await;
        hold.arrived().await;
        drop(hold);
    });
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert!(matches!(statuses, [204, 204 | 404]), "{statuses:?}");
    assert_eq!(left_of(&world, &app.id).await, NOTHING);
    assert_eq!(ben.delete(&app_path).await.status, 404);
}
