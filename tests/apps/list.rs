//! `GET /apps`

use chrono::TimeDelta;
use expect_test::expect;
use serde_json::json;

use super::*;

#[tokio::test]
async fn names_the_callers_own_and_gives_no_token() {
    let world = World::new().await;
    let (ben, dave) = (world.sign_in(BEN).await, world.sign_in(DAVE).await);
    expect![[r#"200 {"apps":[]}"#]].assert_eq(&ben.get("/apps").await.text());
    let app = ben.register_with(json!({"name": "An app", "private": true})).await;
    dave.register("Another's").await;
    let answer = ben.get("/apps").await;
    expect![[r#"200 {"apps":[{"created_at":"<now>","id":"<app>","logo_url":null,"name":"An app","owner_id":"353355351799783517","private":true,"trusted":false,"verified":false}]}"#]].assert_eq(&shown(&answer, &app));
    assert!(!contains_secret(&answer.body));
}

#[tokio::test]
async fn the_newest_comes_first() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let mut apps = Vec::new();
    for name in ["one", "two", "three", "four", "five"] {
        apps.push(ben.register(name).await);
        world.pass(TimeDelta::milliseconds(1));
    }
    assert_eq!(names_of(&ben).await, ["five", "four", "three", "two", "one"]);
    assert_eq!(ben.patch(&path(&apps[1]), json!({"name": "zwei"})).await.status, 200);
    assert_eq!(ben.delete(&path(&apps[3])).await.status, 204);
    assert_eq!(names_of(&ben).await, ["five", "three", "zwei", "one"], "at once");
}

#[tokio::test]
async fn one_that_cannot_be_read_hides_no_other() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let (good, bad) = (ben.register("Good").await, ben.register("Bad").await);
    set(&bad, "name", text("")).await;
    assert_eq!(names_of(&ben).await, ["Good"]);
    assert_eq!(ben.get(&path(&good)).await.status, 200);
    assert_eq!(said(&ben.get(&path(&bad)).await), refused(500, "InternalError"));
    assert_eq!(said(&bad.get("/app").await), refused(500, "InternalError"), "and opens no door");
    assert_eq!(ben.delete(&path(&bad)).await.status, 204, "but can be deleted");
    assert_eq!(left_of(&world, &bad.id).await, Vec::<String>::new());
}
