//! `GET /apps/{app_id}`

use expect_test::expect;
use serde_json::json;

use super::*;

#[tokio::test]
async fn its_owner_sees_all_of_it_and_others_what_is_public() {
    let world = World::new().await;
    let (ben, dave) = (world.sign_in(BEN).await, world.sign_in(DAVE).await);
    let app = ben.register_with(json!({"name": "An app", "logo_url": "https://cdn.example/a.png"})).await;
    let own = ben.get(&path(&app)).await;
    expect![[r#"200 {"created_at":"<now>","id":"<app>","logo_url":"https://cdn.example/a.png","name":"An app","owner_id":"353355351799783517","private":false,"trusted":false,"verified":false}"#]].assert_eq(&shown(&own, &app));
    let public = dave.get(&path(&app)).await;
    expect![[r#"200 {"created_at":"<now>","id":"<app>","logo_url":"https://cdn.example/a.png","name":"An app","owner_id":"353355351799783517","verified":false}"#]].assert_eq(&shown(&public, &app));
    assert!(!contains_secret(&own.body) && !contains_secret(&public.body));

    for (session, seen) in [(ben.api_token(60).await, &own), (dave.api_token(60).await, &public)] {
        assert_eq!(session.get(&path(&app)).await.text(), seen.text(), "by any session");
    }
    assert_eq!(world.sign_in_to_app(DAVE).await.get(&path(&app)).await.text(), public.text());
}

#[tokio::test]
async fn a_private_one_is_its_owners_alone() {
    let world = World::new().await;
    let (anna, ben, dave) = (world.sign_in(ANNA).await, world.sign_in(BEN).await, world.sign_in(DAVE).await);
    let app = ben.register_with(json!({"name": "An app", "private": true})).await;
    let nobodys = dave.get("/apps/00000000-0000-0000-0000-000000000000").await;
    expect![[r#"404 {"code":"NotFound","message":"Not found."}"#]].assert_eq(&nobodys.text());
    for other in [&dave, &anna] {
        assert_eq!(other.get(&path(&app)).await.text(), nobodys.text(), "as if it were not there");
    }
    assert_eq!(ben.get(&path(&app)).await.json()["private"], true);

    for (private, status) in [(false, 200), (true, 404)] {
        assert_eq!(ben.patch(&path(&app), json!({"private": private})).await.status, 200);
        assert_eq!(dave.get(&path(&app)).await.status, status, "at once");
    }
}
