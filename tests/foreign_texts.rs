//! What others call themselves and their things: shown without what deceives the eye, and apart from our own words.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;

use crate::authorizations::{change, daves_app};
use crate::world::*;

/// Every page that shows texts of others to Ben, with an app that is authorized.
async fn pages(browser: &Browser<'_>, app: &TestApp<'_>) -> Vec<String> {
    let authorize = format!("/authorize?app_id={}&type=guild&permissions=VIEW_CASES", app.id);
    let mut bodies = Vec::new();
    for path in [
        "/".to_owned(),
        "/sessions/manage".into(),
        "/portal".into(),
        format!("/portal/{}/link", app.id),
        authorize.clone(),
        format!("{authorize}&guild_id={LIGHTHOUSE}"),
        format!("/authorize?app_id={}&type=user&permissions=READ_PROFILE", app.id),
        format!("/guilds/{LIGHTHOUSE}/manage"),
    ] {
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        bodies.push(answer.body);
    }
    bodies
}

#[tokio::test]
async fn pages_show_no_character_that_deceives_whatever_discord_and_others_say() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let app = ben.register("An app").await;
    let evil = "A\u{202E}b\u{2066}c\u{200B}\u{3164}\u{E0041}\u{FEFF}\u{AD}\u{1b}[31m\u{2028}<b>\"'";
    assert!(world.discord().rename_guild(LIGHTHOUSE, evil.into()));
    assert_eq!(ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    assert_eq!(ben.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
    ben.api_token(60).await;
    let browser = world.browser_of(BEN).await;
    let evil = Some(AttributeValue::S(evil.into()));
    for attribute in ["username", "global_name"] {
        world.set(BEN, "account", attribute, evil.clone()).await;
    }
    change(&app, "app", [("name", evil)]).await;
    for body in pages(&browser, &app).await {
        let found: Vec<_> = body.chars().filter(|char| *char != '\n' && shared::domain::is_deceptive(*char)).collect();
        assert!(found.is_empty(), "{found:?}: {body}");
        assert!(!body.contains("<b>") && body.contains("<bdi>Abc [31m &#60;b&#62;&#34;&#39;</bdi>"), "{body}");
    }
}

#[tokio::test]
async fn a_name_that_shows_nothing_gives_way_to_the_next() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let app = ben.register("An app").await;
    let browser = world.browser_of(BEN).await;
    assert_eq!(ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    for nothing in ["\u{3164}", "\u{200B}", "", " \u{2800}", "\u{202E}"] {
        world.set(BEN, "account", "global_name", Some(AttributeValue::S(nothing.into()))).await;
        assert!(world.discord().rename_guild(LIGHTHOUSE, nothing.into()));
        let manage = browser.get(&format!("/guilds/{LIGHTHOUSE}/manage")).await.body;
        assert!(
            manage.contains("Apps on <bdi>Unnamed server</bdi>") && manage.contains("<bdi>ben_o</bdi>"),
            "{manage}"
        );
        assert!(browser.get("/").await.body.contains("<h2 id=\"who\"><bdi>ben_o</bdi></h2>"));
    }
}

#[tokio::test]
async fn answers_in_json_say_what_discord_said() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    assert!(world.discord().rename_guild(LIGHTHOUSE, "Light\u{202E}house".into()));
    let guilds = ben.get("/users/@me/guilds?refresh=true").await.json();
    assert_eq!(guilds["guilds"][0]["name"], "Light\u{202E}house");
}

#[tokio::test]
async fn a_state_goes_through_the_choice_of_a_server_untouched() {
    let world = World::new().await;
    let (browser, app) = (world.browser_of(BEN).await, daves_app(&world, "An app").await);
    let redirect = url::form_urlencoded::byte_serialize(WEB.as_bytes()).collect::<String>();
    let page = format!("/authorize?app_id={}&type=guild&permissions=VIEW_CASES&redirect_uri={redirect}", app.id);
    let html = browser.get(&format!("{page}&state=a%E2%80%AEb%22%E2%80%8D")).await.body;
    assert!(html.contains(r#"name="state" value="a&#8238;b&#34;&#8205;""#), "{html}");
}

#[tokio::test]
async fn a_name_that_was_taken_before_the_rules_still_works() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let app = ben.register("An app").await;
    change(&app, "app", [("name", Some(AttributeValue::S("An\u{AD}\u{3164}app".into())))]).await;
    assert!(app.is_live().await);
    assert_eq!(ben.get(&format!("/apps/{}", app.id)).await.json()["name"], "An\u{AD}\u{3164}app");
    for name in ["An\u{AD}app", "App\u{2800}", "Ad\u{200D}min", "x\u{E0041}"] {
        let body = json!({"name": name});
        let answer = world.leaves_nothing(ben.patch(&format!("/apps/{}", app.id), body)).await;
        assert_eq!((answer.status, &answer.json()["field"]), (400, &json!("name")), "{name:?}");
    }
    assert_eq!(ben.patch(&format!("/apps/{}", app.id), json!({"name": "👩\u{200D}🚀 ❤\u{FE0F}"})).await.status, 200);
}
