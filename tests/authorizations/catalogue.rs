//! `GET /permissions`, and what becomes of permissions that the operator takes out of the catalogue.

use local::{Options, Service, template};
use serde_json::{Value, json};

use super::*;

/// The same tables, Discord and clock behind another catalogue: what a deployment makes of a running service.
struct Redeployed<'w> {
    world: &'w World,
    service: Service,
}

impl<'w> Redeployed<'w> {
    /// With what is left of the usual catalogue.
    async fn with(world: &'w World, left: &[&str]) -> Self {
        let usual: Vec<Value> = serde_json::from_str(local::service::PERMISSIONS).unwrap();
        let is_left = |entry: &&Value| left.contains(&entry["name"].as_str().unwrap());
        let permissions = json!(usual.iter().filter(is_left).collect::<Vec<_>>()).to_string();
        let service = Service::start(Options { permissions, ..world.options(&[("RATE_LIMITS", "off")]) });
        Self { world, service: service.await.unwrap() }
    }

    async fn get(&self, token: &str, path: &str) -> Answer {
        Answer::of(self.world.http.get(format!("http://{}{path}", self.service.api)).bearer_auth(token)).await
    }

    async fn put(&self, token: &str, path: &str, permissions: &[&str]) -> Answer {
        let url = format!("http://{}{path}", self.service.api);
        Answer::of(self.world.http.put(url).bearer_auth(token).json(&json!({"permissions": permissions}))).await
    }
}

#[tokio::test]
async fn everybody_may_read_it_and_it_costs_no_call() {
    let world = World::new().await;
    let answer = world.get("/permissions", &[]).await;
    let entries: Value = serde_json::from_str(local::service::PERMISSIONS).unwrap();
    assert_eq!((answer.status, answer.json()), (200, json!({"permissions": entries})));
    assert!(
        answer.body.starts_with(r#"{"permissions":[{"name":"VIEW_CASES","description":"#),
        "in the operator's order"
    );
    let with_a_token = world.get_with("/permissions", "Bearer gpl_x").await;
    assert_eq!((with_a_token.status, &with_a_token.body), (200, &answer.body));
    assert_eq!(world.wire.calls().len(), 0);
}

#[tokio::test]
async fn what_it_holds_is_what_can_be_granted() {
    let world = World::new().await;
    let (anna, app) = (world.sign_in(ANNA).await, daves_app(&world, "An app").await);
    let catalogue = world.get("/permissions", &[]).await.json();
    for entry in catalogue["permissions"].as_array().unwrap() {
        let keys: Vec<_> = entry.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["description", "name", "subject"]);
        let name = entry["name"].as_str().unwrap();
        let statuses = (
            anna.authorize(&app, LIGHTHOUSE, &[name]).await.status / 100,
            anna.authorize_for_me(&app, &[name]).await.status / 100,
        );
        assert_eq!(statuses, if entry["subject"] == "guild" { (2, 4) } else { (4, 2) }, "{name}");
    }
}

#[tokio::test]
async fn an_operator_may_offer_nothing_at_all() {
    let world = World::with(&[("PERMISSIONS", "[]")]).await;
    assert_eq!(world.get("/permissions", &[]).await.json(), json!({"permissions": []}));
    let (anna, app) = (world.sign_in(ANNA).await, daves_app(&world, "An app").await);
    assert_eq!(anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 400);
    assert_eq!(anna.authorize(&app, LIGHTHOUSE, &[]).await.status, 400);
}

#[tokio::test]
async fn the_template_offers_the_same_as_the_local_service() {
    let parameter = template::TEXT.split("\n  Permissions:\n").nth(1).unwrap();
    let default = parameter.split("    Default: >-\n").nth(1).unwrap().split("    Description:").next().unwrap();
    let (default, local): (Value, Value) =
        (serde_json::from_str(default).unwrap(), serde_json::from_str(local::service::PERMISSIONS).unwrap());
    assert_eq!(default, local);
}

#[tokio::test]
async fn what_is_taken_out_has_no_effect_from_that_moment_on() {
    let world = World::new().await;
    let (anna, gwen, app) = (world.sign_in(ANNA).await, world.sign_in(GWEN).await, daves_app(&world, "An app").await);
    anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES", "MANAGE_CASES", "VIEW_SETTINGS"]).await;
    gwen.authorize(&app, HARBOUR, &["MANAGE_CASES"]).await;
    anna.authorize_for_me(&app, &["READ_PROFILE", "READ_OWN_CASES"]).await;
    gwen.authorize_for_me(&app, &["READ_OWN_CASES"]).await;
    let before = world.everything().await;

    let smaller = Redeployed::with(&world, &["VIEW_CASES", "VIEW_SETTINGS", "READ_PROFILE"]).await;
    let (on, of) = (format!("/app/guilds/{LIGHTHOUSE}"), format!("/app/users/{ANNA}"));
    assert_eq!(smaller.get(&app.token, &on).await.json()["permissions"], json!(["VIEW_CASES", "VIEW_SETTINGS"]));
    assert_eq!(smaller.get(&app.token, &of).await.json()["permissions"], json!(["READ_PROFILE"]));
    for path in [format!("/app/guilds/{HARBOUR}"), format!("/app/users/{GWEN}")] {
        assert_eq!(smaller.get(&app.token, &path).await.status, 404, "{path}: nothing is left");
    }
    let page = smaller.get(&app.token, "/app").await.json();
    let left =
        json!([{"guild_id": LIGHTHOUSE.to_string(), "permissions": ["VIEW_CASES", "VIEW_SETTINGS"], "expiry": null}]);
    assert_eq!((&page["authorized_guilds"], &page["next"]), (&left, &json!(null)));

    // Those who may take it back see it, for as long as it could come to life again.
    for (path, permissions) in [(of_guild(HARBOUR), json!([])), ("/users/@me/authorizations".into(), json!([]))] {
        let list = smaller.get(&gwen.token, &path).await.json();
        assert_eq!(list["authorizations"][0]["permissions"], permissions, "{path}: {list}");
    }
    let list = smaller.get(&anna.token, &of_guild(LIGHTHOUSE)).await.json();
    assert_eq!(list["authorizations"][0]["permissions"], json!(["VIEW_CASES", "VIEW_SETTINGS"]));
    let refused = smaller.put(&gwen.token, &on_guild(&app, HARBOUR), &["MANAGE_CASES"]).await;
    assert_eq!((refused.status, &refused.json()["field"]), (400, &json!("permissions")));

    assert_eq!(smaller.get(&app.token, "/permissions").await.json()["permissions"].as_array().unwrap().len(), 3);
    assert_eq!(world.everything().await, before, "nothing was rewritten");
    assert_eq!(app.may(LIGHTHOUSE).await.len(), 3, "and it is all there when the catalogue has it again");

    assert_eq!(smaller.put(&anna.token, &on_guild(&app, LIGHTHOUSE), &["VIEW_CASES"]).await.status, 200);
    assert_eq!(app.may(LIGHTHOUSE).await, ["VIEW_CASES"], "unless somebody has decided anew");
    assert_eq!(gwen.deauthorize(&app, HARBOUR).await.status, 204);
    smaller.service.stop().await;
}

#[tokio::test]
async fn a_permission_that_changes_its_subject_is_another_one() {
    let world = World::new().await;
    let (anna, app) = (world.sign_in(ANNA).await, daves_app(&world, "An app").await);
    anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await;
    // As if it had been about guilds once, and what is no name at all.
    let odd = AttributeValue::Ss(vec!["READ_PROFILE".into(), "VIEW_CASES".into(), "view_settings".into(), "*".into()]);
    change(&app, &format!("guild#{LIGHTHOUSE}"), [("permissions", Some(odd))]).await;
    assert_eq!(app.may(LIGHTHOUSE).await, ["VIEW_CASES"]);
}

#[tokio::test]
async fn pages_go_on_past_guilds_where_nothing_is_left() {
    let world = World::new().await;
    let (anna, app) = (world.sign_in(ANNA).await, daves_app(&world, "An app").await);
    anna.authorize(&app, LIGHTHOUSE, &["MANAGE_CASES"]).await;
    spread(&world, &kept_on(&app, LIGHTHOUSE).await.unwrap(), 1001..1006).await;
    change(&app, "guild#1005", [("permissions", Some(AttributeValue::Ss(vec!["VIEW_CASES".into()])))]).await;
    assert_eq!(anna.deauthorize(&app, LIGHTHOUSE).await.status, 204);
    let smaller = Redeployed::with(&world, &["VIEW_CASES"]).await;
    let (mut found, mut path) = (Vec::new(), "/app?limit=2".to_owned());
    loop {
        let page = smaller.get(&app.token, &path).await.json();
        found.extend(ids(&page["authorized_guilds"], "guild_id"));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/app?limit=2&cursor={next}");
    }
    assert_eq!(found, ["1005"]);
    smaller.service.stop().await;
}
