//! What pages answer, before any browser: whole, with a policy, to the right people.

use local::stand_in::{Fault as DiscordFault, Route};

use crate::world::*;

#[tokio::test]
async fn every_page_has_a_strict_policy_and_is_not_kept() {
    let world = World::new().await;
    let browser = world.browser_of(GWEN).await;
    let app = world.sign_in(GWEN).await.register("An app").await;
    let authorize = format!("/authorize?app_id={}&type=guild&permissions=VIEW_CASES", app.id);
    for (path, status) in [
        ("/".to_owned(), 200),
        ("/sessions/manage".into(), 200),
        ("/portal".into(), 200),
        (format!("/portal/{}/link", app.id), 200),
        (authorize.clone(), 200),
        (format!("{authorize}&guild_id={HARBOUR}"), 200),
        (format!("{authorize}&guild_id={LIGHTHOUSE}"), 404),
        (format!("/guilds/{HARBOUR}/manage"), 200),
        ("/guilds/1/manage".into(), 404),
        ("/docs".into(), 200),
        ("/assets/0/style.css".into(), 404),
        ("/oauth2/callback".into(), 400),
    ] {
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert!(answer.body.contains("</html>") && answer.body.len() < 50_000, "{path}");
        assert!(!answer.body.contains("style=\"") && !answer.body.contains("onclick"), "{path}");
    }
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_asked_to_and_led_back() {
    let world = World::new().await;
    let browser = world.browser();
    for (path, again) in [
        ("/portal", "%2Fportal"),
        ("/sessions/manage", "%2Fsessions%2Fmanage"),
        ("/authorize?app_id=1&type=user", "%2Fauthorize%3Fapp_id%3D1%26type%3Duser"),
    ] {
        let answer = world.leaves_nothing(browser.get(path)).await;
        assert_eq!(answer.status, 401, "{path}");
        assert!(answer.body.contains(&format!("/oauth2/authorize?return_to={again}")), "{}", answer.body);
    }
}

#[tokio::test]
async fn what_people_call_things_is_shown_as_text() {
    let world = World::new().await;
    let (browser, gwen) = (world.browser_of(GWEN).await, world.sign_in(GWEN).await);
    let name = "<script>alert(1)</script>\"'";
    let app = gwen.register(name).await;
    gwen.post("/sessions", serde_json::json!({"name": name, "type": "api", "expiry": 60})).await;
    for path in [
        "/portal".to_owned(),
        "/sessions/manage".into(),
        format!("/authorize?app_id={}&type=user&permissions=READ_PROFILE", app.id),
    ] {
        let answer = browser.get(&path).await;
        assert!(answer.body.contains("&#60;script&#62;") && !answer.body.contains("<script>alert"), "{path}");
    }
}

#[tokio::test]
async fn a_banned_user_sees_their_sessions_and_can_make_none() {
    let world = World::new().await;
    let browser = world.browser_of(BEN).await;
    assert!(browser.get("/sessions/manage").await.body.contains("data-action=\"POST /sessions\""));
    world.ban(BEN).await;
    let answer = browser.get("/sessions/manage").await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("This browser") && !answer.body.contains("data-action=\"POST /sessions\""));
}

#[tokio::test]
async fn many_sessions_come_page_by_page() {
    let world = World::new().await;
    let browser = world.browser_of(ANNA).await;
    let anna = world.sign_in(ANNA).await;
    for number in 0..40 {
        let body = serde_json::json!({"name": format!("token number {number:02}"), "type": "api", "expiry": 60});
        assert_eq!(anna.post("/sessions", body).await.status, 200);
    }
    let pages = [browser.get("/sessions/manage").await.body, browser.get("/sessions/manage?page=2").await.body];
    for number in 0..40 {
        let name = format!("token number {number:02}");
        assert_eq!(pages.iter().filter(|page| page.contains(&name)).count(), 1, "{name}");
    }
}

#[tokio::test]
async fn who_authorizes_without_a_redirect_is_told_what_the_app_may_do_now() {
    let world = World::new().await;
    let (browser, gwen) = (world.browser_of(GWEN).await, world.sign_in(GWEN).await);
    let app = gwen.register("Reporter").await;
    for (link, path, permission, other, way) in [
        (
            format!("type=guild&permissions=VIEW_CASES%2CMANAGE_CASES&guild_id={HARBOUR}"),
            format!("/apps/{}/guilds/{HARBOUR}", app.id),
            "VIEW_CASES",
            "MANAGE_CASES",
            format!("href=\"/guilds/{HARBOUR}/manage\""),
        ),
        (
            "type=user&permissions=READ_PROFILE%2CMANAGE_REMINDERS".into(),
            format!("/apps/{}/users/@me", app.id),
            "READ_PROFILE",
            "MANAGE_REMINDERS",
            "href=\"/\">Your account".into(),
        ),
    ] {
        let done = format!("/authorize?app_id={}&{link}&done=true", app.id);
        let page = browser.get(&format!("/authorize?app_id={}&{link}", app.id)).await.body;
        let then = format!("data-then=\"{}\"", done.replace('&', "&#38;"));
        assert!(page.contains(&then), "{then} is not in {page}");
        assert!(browser.get(&done).await.body.contains(">Authorize</button>"), "nothing is granted yet");

        // Less than the link asks for: the page shows what is granted.
        let body = serde_json::json!({"permissions": [permission], "expiry": 86_400});
        assert_eq!(gwen.put(&path, body).await.status, 201);
        let page = browser.get(&done).await.body;
        assert!(page.contains("Reporter is authorized") && page.contains("until "), "{page}");
        assert!(page.contains(permission) && !page.contains(other) && page.contains(&way), "{page}");
        assert!(page.contains("You can close this page.") && !page.contains("data-action"), "{page}");
    }
}

#[tokio::test]
async fn the_servers_to_choose_from_are_a_radio_list_with_a_button() {
    let world = World::new().await;
    let browser = world.browser_of(ANNA).await;
    let app = world.sign_in(ANNA).await.register("Reporter").await;
    let page = browser.get(&format!("/authorize?app_id={}&type=guild&permissions=VIEW_CASES", app.id)).await.body;
    let radio = format!("<input type=\"radio\" name=\"guild_id\" value=\"{LIGHTHOUSE}\" required>");
    assert!(page.contains(&radio) && page.contains("<legend>Choose a server</legend>"), "{page}");
    assert!(page.contains(">Continue</button>") && !page.contains("<select"), "{page}");
    assert!(!page.contains("class=\"kept\"") && !page.contains("Already allowed"), "nothing is granted: {page}");
}

#[test]
fn every_action_of_a_page_says_what_it_did() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/pages");
    let mut actions = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Ok(template) = std::fs::read_to_string(&path) else { continue };
        for tag in template.split('<').filter(|tag| tag.contains("data-action=")) {
            let name = tag.split_once("data-done=\"").map(|(_, done)| !done.starts_with('"'));
            assert_eq!(name, Some(true), "{}: <{tag}", path.display());
            actions += 1;
        }
    }
    assert!(actions >= 18, "{actions}");
}

#[tokio::test]
async fn eighty_servers_are_all_on_the_account_and_all_to_be_chosen() {
    let world = World::new().await;
    let browser = world.browser_of(EMIL).await;
    let account = browser.get("/").await.body;
    assert_eq!(account.matches("href=\"/guilds/").count(), 80);
    assert!(account.contains("data-filter=\"#server-list\""), "{account}");
    let app = world.sign_in(EMIL).await.register("Reporter").await;
    let picker = browser.get(&format!("/authorize?app_id={}&type=guild&permissions=VIEW_CASES", app.id)).await.body;
    assert_eq!(picker.matches("type=\"radio\"").count(), 80);
}

/// Every page of a list: from one to the next by the link that the page has.
async fn pages_of(browser: &Browser<'_>, first: &str) -> Vec<String> {
    let mut pages = vec![browser.get(first).await.body];
    while let Some((_, rest)) = pages.last().unwrap().split_once("rel=\"next\" href=\"") {
        let next = rest.split(['"', '#']).next().unwrap().to_owned();
        pages.push(browser.get(&next).await.body);
    }
    pages
}

#[tokio::test]
async fn many_apps_come_page_by_page_and_none_is_left_out() {
    let world = World::new().await;
    let (browser, gwen) = (world.browser_of(GWEN).await, world.sign_in(GWEN).await);
    let mut names = Vec::new();
    for owner in [ANNA, BEN, GWEN] {
        let owner = world.sign_in(owner).await;
        for number in 0..20 {
            let name = format!("Helper {} of {}", number, owner.user_id);
            let app = owner.register(&name).await;
            assert_eq!(gwen.authorize_for_me(&app, &["READ_PROFILE"]).await.status, 201);
            if names.len() < 25 {
                assert_eq!(gwen.authorize(&app, HARBOUR, &["VIEW_CASES"]).await.status, 201);
            }
            names.push(name);
        }
    }
    for (path, names) in [("/".to_owned(), &names[..]), (format!("/guilds/{HARBOUR}/manage"), &names[..25])] {
        let pages = pages_of(&browser, &path).await;
        assert_eq!(pages.len(), 2, "{path}");
        for name in names {
            let title = format!("{name}</bdi></h");
            assert_eq!(pages.iter().filter(|page| page.contains(&title)).count(), 1, "{path}: {name}");
        }
        assert!(!pages[0].contains("First apps") && pages[1].contains("First apps"), "{path}");
        assert!(pages[1].contains("End of the list."), "{path}");
    }
    let other = format!("/?cursor={}", "A".repeat(40));
    assert_eq!(browser.get(&other).await.status, 400, "a cursor that no page gave");
}

#[tokio::test]
async fn who_granted_can_take_back_on_the_page_of_a_server_while_discord_is_down() {
    let world = World::new().await;
    let (anna, ben) = (world.sign_in(ANNA).await, world.sign_in(BEN).await);
    let (annas, bens) = (anna.register("Annas app").await, ben.register("Bens app").await);
    assert_eq!(anna.authorize(&annas, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    assert_eq!(ben.authorize(&bens, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    let (browser, dave) = (world.browser_of(BEN).await, world.browser_of(DAVE).await);
    let path = format!("/guilds/{LIGHTHOUSE}/manage");
    world.discord_fails(Route::Guilds, DiscordFault::Status { code: 503, html: false });

    let page = browser.get(&path).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("Bens app") && page.body.contains("Apps on Lighthouse"), "{}", page.body);
    assert!(!page.body.contains("Annas app"), "Discord does not say that Ben may see it: {}", page.body);
    assert_eq!(page.body.matches("data-action=").count(), 1, "nothing but taking back: {}", page.body);
    assert_eq!(dave.get(&path).await.status, 503, "who granted nothing sees nothing");

    let action = format!("/apps/{}/guilds/{LIGHTHOUSE}", bens.id);
    assert!(page.body.contains(&format!("data-action=\"DELETE {action}\"")), "{}", page.body);
    let removed = browser.send(reqwest::Method::DELETE, &action, serde_json::Value::Null).await;
    assert_eq!((removed.status, bens.may(LIGHTHOUSE).await.len()), (204, 0));
    assert_eq!(browser.get(&path).await.status, 503);
    assert_eq!(browser.get("/").await.body.matches("Discord does not answer").count(), 1);
}

#[tokio::test]
async fn who_has_disconnected_discord_can_take_back_what_they_granted() {
    let world = World::new().await;
    let ben = world.sign_in(BEN).await;
    let app = ben.register("Bens app").await;
    assert_eq!(ben.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"]).await.status, 201);
    let browser = world.browser_of(BEN).await;
    assert_eq!(ben.delete("/users/@me/discord").await.status, 204);

    let page = browser.get(&format!("/guilds/{LIGHTHOUSE}/manage")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("Bens app") && page.body.contains("/oauth2/authorize?return_to="), "{}", page.body);
}

#[tokio::test]
async fn a_problem_keeps_the_header_of_who_is_signed_in_and_offers_what_helps() {
    let world = World::new().await;
    let browser = world.browser_of(GWEN).await;
    let nobodys = "/portal/00000000-0000-7000-8000-000000000000/link";
    for (path, status, helps) in [
        (nobodys, 404, "href=\"/\">Home"),
        ("/guilds/1/manage", 404, "href=\"/\">Home"),
        ("/authorize?app_id=1&type=user", 400, "href=\"/\">Home"),
        ("/oauth2/callback?state=a&code=b", 400, ">Sign in again"),
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.body.contains("Signed in as </span><bdi>Gwen"), "{path}: {}", answer.body);
        assert!(answer.body.contains(helps) && !answer.body.contains('`'), "{path}: {}", answer.body);
        assert_eq!(answer.body.contains("Sign in again"), helps.contains("Sign in again"), "{path}");
    }
    let answer = world.browser().get("/oauth2/callback?state=a&code=b").await;
    assert!(!answer.body.contains("Signed in as"), "{}", answer.body);
}
