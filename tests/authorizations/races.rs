//! What happens at the same moment: to an authorization, to the one who decides about it, to its app.

use aws_sdk_dynamodb::types::AttributeValue;
use reqwest::Method;
use serde_json::json;

use super::*;

/// The four decisions about one app.
fn decisions(app: &TestApp<'_>) -> [(Method, String, Value); 4] {
    let (guild, me) = (on_guild(app, LIGHTHOUSE), for_me(app));
    [
        (Method::PUT, guild.clone(), json!({"permissions": ["MANAGE_CASES"]})),
        (Method::DELETE, guild, json!(null)),
        (Method::PUT, me.clone(), json!({"permissions": ["READ_OWN_CASES"]})),
        (Method::DELETE, me, json!(null)),
    ]
}

/// Does something while a decision of Ben's stands before its write.
async fn meanwhile(
    ben: &Person<'_>,
    (method, path, body): &(Method, String, Value),
    happens: impl Future<Output = ()>,
) -> Answer {
    let world = ben.world;
    let hold = world.wire.hold("TransactWriteItems");
    let request = world.http.request(method.clone(), world.url(path)).bearer_auth(&ben.token);
    let request = if body.is_null() { request } else { request.json(body) };
    let (answer, ()) = tokio::join!(Answer::of(request), async {
        hold.arrived().await;
        happens.await;
        drop(hold);
    });
    answer
}

async fn authorized_by<'w>(ben: &Person<'w>) -> TestApp<'w> {
    let app = daves_app(ben.world, "An app").await;
    assert_eq!(ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    assert_eq!(ben.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
    app
}

#[tokio::test]
async fn a_ban_between_check_and_write_stops_the_write() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let (app, state) = (authorized_by(&ben).await, format!("/users/{BEN}/state"));
    for decision in decisions(&app) {
        let before = of_apps(&world).await;
        let answer = meanwhile(&ben, &decision, async {
            assert_eq!(anna.put(&state, json!({"state": "banned"})).await.status, 204);
        });
        assert_eq!(answer.await.text(), r#"403 {"code":"ApiBanned","message":"This user is banned."}"#, "{decision:?}");
        assert_eq!(of_apps(&world).await, before, "{decision:?}");
        assert!(world.item(BEN, &format!("authorized#{}", app.id)).await.is_some());
        assert_eq!(anna.put(&state, json!({"state": "normal"})).await.status, 204);
    }
}

#[tokio::test]
async fn signing_out_everywhere_between_check_and_write_stops_the_write() {
    let world = World::new().await;
    let app = authorized_by(&world.sign_in(BEN).await).await;
    for decision in decisions(&app) {
        let (ben, elsewhere) = (world.sign_in(BEN).await, world.sign_in(BEN).await);
        let before = of_apps(&world).await;
        let answer = meanwhile(&ben, &decision, async {
            assert_eq!(elsewhere.delete("/sessions").await.status, 204);
        });
        assert_eq!(answer.await.code(), "InvalidToken", "{decision:?}");
        assert_eq!(of_apps(&world).await, before, "{decision:?}");
    }
}

#[tokio::test]
async fn an_app_that_closes_between_check_and_write_gets_nothing() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    for changes in [
        [("private", Some(AttributeValue::Bool(true)))],
        [("suspended", Some(AttributeValue::Bool(true)))],
        [("token_hash", None)],
    ] {
        let app = authorized_by(&ben).await;
        let before = (kept_on(&app, LIGHTHOUSE).await, kept(&app, &format!("user#{BEN}")).await);
        for decision in decisions(&app).into_iter().filter(|(method, ..)| *method == Method::PUT) {
            let open = kept(&app, "app").await.unwrap();
            let answer = meanwhile(&ben, &decision, change(&app, "app", changes.clone())).await;
            assert_eq!((answer.status, answer.code().as_str()), (404, "NotFound"), "{changes:?} {decision:?}");
            keep(&world, [open]).await;
        }
        assert_eq!((kept_on(&app, LIGHTHOUSE).await, kept(&app, &format!("user#{BEN}")).await), before);
    }
}

#[tokio::test]
async fn a_granter_who_is_replaced_between_check_and_write_needs_the_right() {
    let world = World::new().await;
    let (ben, dave) = (world.sign_in(BEN).await, world.sign_in(DAVE).await);
    let (app, item) = (dave.register("An app").await, format!("guild#{LIGHTHOUSE}"));
    for (membership, status) in [(0, 403), (8, 204)] {
        assert!(world.discord().set_member(LIGHTHOUSE, BEN, Some(8)));
        assert!(matches!(ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 200 | 201));
        assert!(world.discord().set_member(LIGHTHOUSE, BEN, Some(membership)));
        let [_, delete, ..] = decisions(&app);
        let replaced = change(&app, &item, [("granted_by", Some(text(CARA.to_string())))]);
        assert_eq!(meanwhile(&ben, &delete, replaced).await.status, status);
        assert_eq!(app.may(LIGHTHOUSE).await.is_empty(), status == 204);
    }
}

#[tokio::test]
async fn of_two_admins_at_once_one_has_the_last_word_and_all_of_it() {
    let world = World::new().await;
    let (ben, cara) = (world.sign_in(BEN).await, world.sign_in(CARA).await);
    let (bens, caras) = (["VIEW_CASES", "MANAGE_CASES"], ["VIEW_SETTINGS", "MANAGE_SETTINGS", "VIEW_STATISTICS"]);
    for round in 0..10 {
        let app = daves_app(&world, "An app").await;
        let (one, other) =
            tokio::join!(ben.authorize(&app, LIGHTHOUSE, &bens), cara.authorize(&app, LIGHTHOUSE, &caras));
        assert!(matches!((one.status, other.status), (200 | 201, 200 | 201)), "{round}");
        let may = app.may(LIGHTHOUSE).await;
        let granted_by = kept_on(&app, LIGHTHOUSE).await.unwrap()["granted_by"].clone();
        assert!(
            (may == bens && granted_by == text(BEN.to_string()))
                || (may == caras && granted_by == text(CARA.to_string())),
            "{may:?} {granted_by:?}"
        );
    }
}

#[tokio::test]
async fn of_two_who_take_back_at_once_one_finds_it() {
    let world = World::new().await;
    let (ben, cara, app) = (world.sign_in(BEN).await, world.sign_in(CARA).await, daves_app(&world, "An app").await);
    let give_back = format!("/app/deauthorize?guildId={LIGHTHOUSE}");
    for _ in 0..10 {
        assert_eq!(ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
        let (granter, admin, itself) =
            tokio::join!(ben.deauthorize(&app, LIGHTHOUSE), cara.deauthorize(&app, LIGHTHOUSE), app.post(&give_back));
        let statuses = [granter.status, admin.status, itself.status];
        assert_eq!(statuses.iter().filter(|status| **status == 404).count(), 2, "{statuses:?}");
        assert!(app.may(LIGHTHOUSE).await.is_empty());
    }
}

#[tokio::test]
async fn granting_meets_taking_back_and_the_answers_agree_with_what_is_left() {
    let world = World::new().await;
    let (ben, cara, app) = (world.sign_in(BEN).await, world.sign_in(CARA).await, daves_app(&world, "An app").await);
    let give_back = format!("/app/deauthorize?guildId={LIGHTHOUSE}");
    for round in 0..20 {
        assert!(matches!(ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 200 | 201));
        let back =
            async { if round % 2 == 0 { app.post(&give_back).await } else { ben.deauthorize(&app, LIGHTHOUSE).await } };
        let (granted, back) = tokio::join!(cara.authorize(&app, LIGHTHOUSE, &["MANAGE_CASES"]), back);
        assert!(matches!(back.status, 200 | 204), "there was one to take back all along: {}", back.text());
        let may = app.may(LIGHTHOUSE).await;
        assert_ne!(may, ["VIEW_CASES"], "the old one is gone either way");
        match granted.status {
            201 => assert_eq!(may, ["MANAGE_CASES"], "it was granted after the other was taken back"),
            200 => assert!(may.is_empty() || may == ["MANAGE_CASES"]),
            _ => panic!("{}", granted.text()),
        }
        let listed = cara.get(&of_guild(LIGHTHOUSE)).await.json()["authorizations"].as_array().unwrap().len();
        assert_eq!(listed, may.len());
    }
}

#[tokio::test]
async fn a_users_list_and_what_the_app_may_do_never_part() {
    let world = World::new().await;
    let (fay, app) = (world.sign_in(FAY).await, daves_app(&world, "An app").await);
    let (give_back, named) = (format!("/app/deauthorize?userId={FAY}"), format!("authorized#{}", app.id));
    for _ in 0..20 {
        let (granted, back, itself) = tokio::join!(
            fay.authorize_for_me(&app, &["READ_PROFILE"]),
            async { fay.delete(&for_me(&app)).await },
            app.post(&give_back)
        );
        for (answer, expected) in [(granted, [200, 201]), (back, [204, 404]), (itself, [200, 404])] {
            assert!(expected.contains(&answer.status), "{}", answer.text());
        }
        let is_named = world.item(FAY, &named).await.is_some();
        assert_eq!(
            (app.may_for(FAY).await.len() == 1, kept(&app, &format!("user#{FAY}")).await.is_some()),
            (is_named, is_named)
        );
    }
}
