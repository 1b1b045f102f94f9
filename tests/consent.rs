//! `GET /authorize`: who is asked, what is asked for, what that replaces, and where it leads.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use shared::context::Clock;

use crate::authorizations::{change, daves_app, for_me, on_guild, text};
use crate::world::*;

const DAY: i64 = 86_400;

/// The page that asks for an app on Lighthouse.
fn link(app: &TestApp<'_>, permissions: &str, more: &str) -> String {
    format!("/authorize?app_id={}&type=guild&guild_id={LIGHTHOUSE}&permissions={permissions}{more}", app.id)
}

/// What the page's form sends as long as nobody changes anything.
pub(crate) fn untouched(page: &str) -> Value {
    let form =
        page.split_once("<form data-action=\"PUT").expect("a form that grants").1.split_once("</form>").unwrap().0;
    let body = form.split_once("data-body=\"").map_or("{}", |(_, rest)| rest.split_once('"').unwrap().0);
    let mut body: Value = serde_json::from_str(&body.replace("&#34;", "\"")).unwrap();
    let mut permissions = body["permissions"].as_array().cloned().unwrap_or_default();
    for input in form
        .split("<input type=\"checkbox\"")
        .skip(1)
        .filter(|input| input.split_once('>').unwrap().0.contains("checked"))
    {
        permissions.push(json!(attribute(input, "value")));
    }
    body["permissions"] = json!(permissions);
    let options = form.split_once("<select").unwrap().1;
    let chosen =
        options.split("<option ").skip(1).find(|option| option.split_once('>').unwrap().0.contains("selected"));
    let chosen = chosen.or_else(|| options.split("<option ").nth(1)).unwrap();
    let (value, tag) = (attribute(chosen, "value"), chosen.split_once('>').unwrap().0);
    match (value, tag.contains("data-name=\"until\"")) {
        ("", _) => {}
        (value, true) => body["until"] = json!(value),
        (value, false) => body["expiry"] = json!(value.parse::<u64>().unwrap()),
    }
    body
}

fn attribute<'t>(tag: &'t str, name: &str) -> &'t str {
    tag.split_once(&format!("{name}=\"")).unwrap().1.split_once('"').unwrap().0
}

#[tokio::test]
async fn the_end_of_what_is_replaced_is_shown_and_kept() {
    let world = World::new().await;
    let (anna, browser, app) =
        (world.sign_in(ANNA).await, world.browser_of(BEN).await, daves_app(&world, "An app").await);
    for (path, page, permission) in [
        (on_guild(&app, LIGHTHOUSE), link(&app, "VIEW_CASES,MANAGE_CASES", ""), "VIEW_CASES"),
        (on_guild(&app, LIGHTHOUSE), format!("/guilds/{LIGHTHOUSE}/manage"), "VIEW_CASES"),
    ] {
        let granted = anna.put(&path, json!({"permissions": [permission], "expiry": 600})).await;
        let expiry = granted.json()["expiry"].clone();
        world.pass(TimeDelta::milliseconds(1234));
        let html = browser.get(&page).await.body;
        let shown = (world.clock.now() + TimeDelta::milliseconds(600_000 - 1234)).format("%-d %B %Y, %H:%M:%S UTC");
        assert!(html.contains(&format!("Keep: {shown}")), "{html}");

        let answer = browser.send(Method::PUT, &path, untouched(&html)).await;
        assert_eq!((answer.status, &answer.json()["expiry"]), (200, &expiry), "{page}");
    }

    let mine = format!("/authorize?app_id={}&type=user&permissions=READ_PROFILE", app.id);
    let body = json!({"permissions": ["READ_PROFILE"], "expiry": 600});
    let expiry = browser.send(Method::PUT, &for_me(&app), body).await.json()["expiry"].clone();
    let html = browser.get(&mine).await.body;
    assert_eq!(browser.send(Method::PUT, &for_me(&app), untouched(&html)).await.json()["expiry"], expiry);
}

#[tokio::test]
async fn a_new_grant_and_one_without_an_end_stay_without_one() {
    let world = World::new().await;
    let (browser, app) = (world.browser_of(BEN).await, daves_app(&world, "An app").await);
    let (path, page) = (on_guild(&app, LIGHTHOUSE), link(&app, "VIEW_CASES", ""));
    for status in [201, 200] {
        let html = browser.get(&page).await.body;
        assert!(!html.contains("Keep:") && html.contains("In 90 days"));
        assert_eq!(html.contains("with no expiry"), status == 200);
        let answer = browser.send(Method::PUT, &path, untouched(&html)).await;
        assert_eq!((answer.status, &answer.json()["expiry"]), (status, &json!(null)));
    }
}

#[tokio::test]
async fn a_grant_that_ended_or_was_taken_back_meanwhile_gets_no_other_end_than_the_one_shown() {
    let world = World::new().await;
    let (anna, browser, app) =
        (world.sign_in(ANNA).await, world.browser_of(BEN).await, daves_app(&world, "An app").await);
    let (path, page) = (on_guild(&app, LIGHTHOUSE), link(&app, "VIEW_CASES", ""));
    let granted = anna.put(&path, json!({"permissions": ["VIEW_CASES"], "expiry": 600})).await.json();
    let body = untouched(&browser.get(&page).await.body);

    assert_eq!(anna.delete(&path).await.status, 204);
    let answer = browser.send(Method::PUT, &path, body.clone()).await;
    assert_eq!((answer.status, &answer.json()["expiry"]), (201, &granted["expiry"]));

    world.pass(TimeDelta::seconds(600));
    assert!(!browser.get(&page).await.body.contains("Keep:"), "what has ended counts as none");
    let answer = world.leaves_nothing(browser.send(Method::PUT, &path, body)).await;
    assert_eq!((answer.status, &answer.json()["field"]), (400, &json!("until")));
}

#[tokio::test]
async fn a_moment_is_in_the_future_and_stands_alone() {
    let world = World::new().await;
    let (anna, app) = (world.sign_in(ANNA).await, daves_app(&world, "An app").await);
    anna.get("/sessions/@me").await;
    let path = on_guild(&app, LIGHTHOUSE);
    let now = world.clock.now();
    for (until, expiry) in [
        (json!(now), json!(null)),
        (json!("1970-01-01T00:00:00Z"), json!(null)),
        (json!(now + TimeDelta::seconds(DAY)), json!(60)),
        (json!("tomorrow"), json!(null)),
        (json!(1_800_000_000), json!(null)),
        (json!("2030-01-01"), json!(null)),
    ] {
        let body = json!({"permissions": ["VIEW_CASES"], "until": until, "expiry": expiry});
        let answer = world.leaves_nothing(anna.put(&path, body)).await;
        assert_eq!((answer.status, &answer.json()["field"]), (400, &json!("until")), "{until}");
    }
    for (until, held) in [
        (json!(null), json!(null)),
        (json!("2100-01-31T14:00:00.5+02:00"), json!("2100-01-31T12:00:00.500Z")),
        (json!("9999-12-31T23:59:59.999Z"), json!("9999-12-31T23:59:59Z")),
    ] {
        let answer = anna.put(&path, json!({"permissions": ["VIEW_CASES"], "until": until})).await;
        assert_eq!(answer.json()["expiry"], held, "{}", answer.text());
    }
}

#[tokio::test]
async fn what_is_optional_can_be_left_out_and_the_rest_cannot() {
    let world = World::new().await;
    let (browser, app) = (world.browser_of(BEN).await, daves_app(&world, "An app").await);
    let page = link(&app, "VIEW_CASES,MANAGE_CASES,VIEW_SETTINGS", "&optional=VIEW_SETTINGS,MANAGE_CASES");
    let html = browser.get(&page).await.body;
    assert!(html.contains(r#"data-body="{&#34;permissions&#34;:[&#34;VIEW_CASES&#34;]}""#), "{html}");
    for (permission, is_box) in [("VIEW_CASES", false), ("MANAGE_CASES", true), ("VIEW_SETTINGS", true)] {
        let checkbox = format!(r#"name="permissions" value="{permission}" data-list checked"#);
        assert_eq!(html.contains(&checkbox), is_box, "{permission}");
    }
    assert!(html.contains("optional=MANAGE_CASES%2CVIEW_SETTINGS"), "another server is asked the same: {html}");
    let picker = browser.get(&page.replace(&format!("&guild_id={LIGHTHOUSE}"), "")).await.body;
    assert!(picker.contains(r#"name="optional" value="MANAGE_CASES,VIEW_SETTINGS""#), "{picker}");
    assert!(!picker.contains("data-list"), "nothing is ticked before somebody is asked");
    assert!(browser.get(&link(&app, "VIEW_CASES", "&optional=")).await.body.contains(">Authorize</button>"));

    for optional in
        ["VIEW_STATISTICS", "VIEW_CASES,VIEW_CASES", "view_cases", "READ_PROFILE", "VIEW_CASES,", "%E2%80%AE"]
    {
        let answer = browser.get(&link(&app, "VIEW_CASES", &format!("&optional={optional}"))).await;
        assert_eq!(answer.status, 400, "{optional}");
    }
}

#[tokio::test]
async fn it_says_who_is_asked_where_it_leads_and_what_not_verified_means() {
    let world = World::new().await;
    let (browser, app) = (world.browser_of(BEN).await, daves_app(&world, "An app").await);
    let web = format!("&redirect_uri={}&state=s", urlencoded(WEB));
    let html = browser.get(&link(&app, "VIEW_CASES", &web)).await.body;
    assert!(html.contains("You are then redirected to <strong>localhost:3000</strong>."), "{html}");
    assert!(html.contains("have not checked who is behind this app"));
    let again =
        html.split_once("/oauth2/authorize?prompt=consent&amp;return_to=").unwrap().1.split_once('"').unwrap().0;
    let again: String = url::form_urlencoded::parse(format!("x={again}").as_bytes()).next().unwrap().1.into();
    assert_eq!(again, link(&app, "VIEW_CASES", &web), "they come back to the same question");
    assert!(html.contains(r#"Signed in as <span title="@ben_o, id 353355351799783517"><bdi>Ben Okafor</bdi></span>"#));

    let native = format!("&redirect_uri={}", urlencoded(APP));
    let html = browser.get(&link(&app, "VIEW_CASES", &native)).await.body;
    assert!(html.contains("opens <strong>guildpass:</strong> links"), "{html}");
    assert!(!browser.get(&link(&app, "VIEW_CASES", "")).await.body.contains("Afterwards"));

    change(&app, "app", [("verified", Some(aws_sdk_dynamodb::types::AttributeValue::Bool(true)))]).await;
    let html = browser.get(&link(&app, "VIEW_CASES", "")).await.body;
    assert!(html.contains("Verified: ") && !html.contains("Not verified"));
}

fn urlencoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn who_granted_and_who_owns_are_called_by_name() {
    let world = World::new().await;
    let (cara, browser, app) =
        (world.sign_in(CARA).await, world.browser_of(BEN).await, daves_app(&world, "An app").await);
    assert_eq!(cara.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    let (manage, page) = (format!("/guilds/{LIGHTHOUSE}/manage"), link(&app, "VIEW_CASES", ""));
    for path in [&manage, &page] {
        let html = browser.get(path).await.body;
        assert!(html.contains(&format!(r#"by <span title="@cara, id {CARA}"><bdi>Çara ✨</bdi></span>"#)), "{html}");
        assert!(!html.contains(&format!(">{CARA}<")), "never a bare id");
    }
    assert!(browser.get(&page).await.body.contains("<bdi>@dave4711</bdi>"));

    change(&app, &format!("guild#{LIGHTHOUSE}"), [("granted_by", Some(text("1")))]).await;
    for path in [&manage, &page] {
        let html = browser.get(path).await.body;
        assert!(html.contains("a user who left (id 1)"), "{html}");
    }
}

#[tokio::test]
async fn a_guilds_page_asks_for_all_names_at_once() {
    let world = World::new().await;
    let browser = world.browser_of(ANNA).await;
    let dave = world.sign_in(DAVE).await;
    for (number, granter) in [ANNA, BEN, CARA, ANNA].into_iter().enumerate() {
        let app = dave.register(&format!("App {number}")).await;
        assert_eq!(world.sign_in(granter).await.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    }
    browser.get("/").await;
    world.wire.forget();
    assert_eq!(browser.get(&format!("/guilds/{LIGHTHOUSE}/manage")).await.status, 200);
    let (called, reads, writes) = crate::budgets::cost(&world);
    // Who asks; Discord's grant; the index, for the guild's name; the list, its items; the granters.
    assert_eq!(called, ["BatchGetItem", "BatchGetItem", "Query", "Query", "BatchGetItem", "BatchGetItem"]);
    assert!(reads <= 2.0 + 2.0 + 0.5 + 0.5 + 8.0 + 3.0 && writes == 0.0, "{reads} {writes}");
}
