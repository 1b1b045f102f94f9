//! `PUT /apps/{app_id}/verified`

use serde_json::json;

use super::*;

#[tokio::test]
async fn an_operator_vouches_for_an_app_and_no_longer_does() {
    let world = World::new().await;
    let (anna, ben, dave) = (world.sign_in(ANNA).await, world.sign_in(BEN).await, world.sign_in(DAVE).await);
    let app = ben.register("An app").await;
    let (other, private) =
        (ben.register("Another").await, ben.register_with(json!({"name": "n", "private": true})).await);
    let verified = format!("{}/verified", path(&app));
    for is_verified in [true, true, false, true] {
        let answer = anna.put(&verified, json!({"verified": is_verified})).await;
        assert_eq!((answer.status, answer.body.as_str()), (204, ""));
        for person in [&ben, &dave] {
            assert_eq!(person.get(&path(&app)).await.json()["verified"], is_verified, "at once");
        }
        assert_eq!(app.get("/app").await.json()["app"]["verified"], is_verified);
    }
    assert_eq!(ben.get(&path(&other)).await.json()["verified"], false);
    assert_eq!(anna.put(&format!("{}/verified", path(&private)), json!({"verified": true})).await.status, 204);
    assert_eq!(ben.get(&path(&private)).await.json()["verified"], true, "also for one that others do not see");
}

#[tokio::test]
async fn another_name_or_logo_takes_the_badge_off_and_nothing_else_does() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let app = ben.register("An app").await;
    let is_verified = async || ben.get(&path(&app)).await.json()["verified"].clone();
    for (change, stays) in [
        (json!({}), true),
        (json!({"name": "An app"}), true),
        (json!({"name": "  An app "}), true),
        (json!({"logo_url": null}), true),
        (json!({"name": "An app", "logo_url": null, "private": true}), true),
        (json!({"private": false}), true),
        (json!({"name": "An App"}), false),
        (json!({"name": "An app"}), false),
        (json!({"logo_url": "https://cdn.example/a.png"}), false),
        (json!({"logo_url": "https://CDN.example/a.png"}), true),
        (json!({"name": "An app", "logo_url": "https://cdn.example/b.png"}), false),
        (json!({"name": "Another", "logo_url": "https://cdn.example/b.png", "private": true}), false),
        (json!({"logo_url": null}), false),
    ] {
        assert_eq!(knock(&world, VERIFY, &app.id, &anna.token).await.status, 204);
        let answer = ben.patch(&path(&app), change.clone()).await;
        assert_eq!((answer.status, &answer.json()["verified"]), (200, &json!(stays)), "{change}");
        assert_eq!(is_verified().await, stays, "{change}");
    }
    assert_eq!(knock(&world, VERIFY, &app.id, &anna.token).await.status, 204);
    assert_eq!(knock(&world, REGENERATE, &app.id, &ben.token).await.status, 200);
    assert_eq!(is_verified().await, true, "another token is not another face");
}

/// The badge is given while the new name is on its way: the name that was looked at is the one before.
#[tokio::test]
async fn a_badge_given_before_the_change_lands_falls_with_it() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let app = ben.register("An app").await;
    let (app_path, renamed) = (path(&app), json!({"name": "Official"}));
    let hold = world.wire.hold("TransactWriteItems");
    let (answer, ()) = tokio::join!(ben.patch(&app_path, renamed), async {
        hold.arrived().await;
        assert_eq!(knock(&world, VERIFY, &app.id, &anna.token).await.status, 204);
        drop(hold);
    });
    assert_eq!((answer.status, &answer.json()["verified"]), (200, &json!(false)));
}

#[tokio::test]
async fn the_portal_says_that_a_change_takes_the_badge_off() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let app = ben.register("An app").await;
    let browser = world.browser_of(BEN).await;
    let says_so = async || browser.get("/portal").await.body.contains("removes the “Verified” badge");
    assert!(!says_so().await);
    assert_eq!(knock(&world, VERIFY, &app.id, &anna.token).await.status, 204);
    assert!(says_so().await);
}

#[tokio::test]
async fn nobody_else_vouches_for_anything() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let app = ben.register("An app").await;
    let phone = world.sign_in_to_app(BEN).await;
    let (token, nobodys) = (ben.api_token(60).await, "00000000-0000-0000-0000-000000000000");
    for session in [&anna, &ben, &phone, &token] {
        assert!(session.is_signed_in().await);
    }
    for (session, message) in [
        (&ben, "Only operators can do this."),
        (&phone, "Only operators can do this."),
        (&token, "An API token cannot do this. Sign in."),
    ] {
        for app_id in [&*app.id, nobodys] {
            let answer = world.leaves_nothing(knock(&world, VERIFY, app_id, &session.token)).await;
            assert_eq!(answer.text(), format!(r#"403 {{"code":"Restricted","message":"{message}"}}"#));
        }
    }
    let answer = world.leaves_nothing(knock(&world, VERIFY, nobodys, &anna.token)).await;
    assert_eq!(said(&answer), refused(404, "NotFound"));
    assert_eq!(ben.delete(&path(&app)).await.status, 204);
    let answer = world.leaves_nothing(knock(&world, VERIFY, &app.id, &anna.token)).await;
    assert_eq!(said(&answer), refused(404, "NotFound"), "nor for what is gone");
}

#[tokio::test]
async fn a_body_says_yes_or_no() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let app = anna.register("An app").await;
    let verified = format!("{}/verified", path(&app));
    for (body, field) in [
        (json!({}), json!("verified")),
        (json!({"verified": null}), json!("verified")),
        (json!({"verified": "true"}), json!("verified")),
        (json!({"verified": 1}), json!("verified")),
        (json!({"verified": true, "owner_id": anna.user_id}), json!("owner_id")),
        (json!([true]), json!(null)),
        (json!(true), json!(null)),
    ] {
        let answer = world.leaves_nothing(anna.put(&verified, body.clone())).await;
        assert_eq!((answer.status, &answer.json()["field"]), (400, &field), "{body}");
    }
}
