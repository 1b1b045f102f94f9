//! `guildpass apps`.

use local::stand_in::world::{ANNA, BEN};

use super::*;

#[tokio::test]
async fn an_app_is_registered_listed_and_deleted() {
    let place = Place::of(BEN).await;
    assert_eq!(place.prints(&["apps"]), "You have no apps. Create one with `guildpass apps create <name>`.");
    let logo = "https://cdn.example.com/a.png";
    let (token, rest) = place.run_for_token(&["apps", "create", "Casebook", "--private", "--logo-url", logo]);
    assert!(token.starts_with("gpx_"));
    assert_eq!(rest.out, "(token)");

    let app = place.json(&["apps", "list"])["apps"][0].clone();
    let id = app["id"].as_str().unwrap();
    assert!(rest.err.contains(id), "{}", rest.err);
    assert_eq!((&app["private"], &app["logo_url"]), (&true.into(), &logo.into()));
    let list = place.prints(&["apps"]);
    let row: Vec<_> = list.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row, [id, "just", "now", "no", "yes", "Casebook"]);

    assert_eq!(place.prints(&["apps", "delete", id, "--yes"]), format!("App {id} deleted."));
    assert!(place.prints(&["apps"]).starts_with("You have no apps"));
    assert!(place.fails(&["apps", "delete", id, "--yes"]).contains("Not found."));
}

#[tokio::test]
async fn operators_verify_and_trust_and_others_do_not() {
    let place = Place::of(BEN).await;
    place.run_for_token(&["apps", "create", "Casebook"]);
    let id = place.json(&["apps"])["apps"][0]["id"].as_str().unwrap().to_owned();
    assert!(place.fails(&["apps", "verify", &id]).contains("Only operators can do this."));
    assert_eq!(place.json(&["apps"])["apps"][0]["verified"], false);

    let ben = place.kept_token();
    place.login(ANNA).await;
    for (task, mark, is_set) in [
        ("verify", "verified", true),
        ("unverify", "verified", false),
        ("trust", "trusted", true),
        ("untrust", "trusted", false),
    ] {
        let said = place.prints(&["apps", task, &id]);
        assert_eq!(said, format!("App {id} is {}{mark}.", if is_set { "" } else { "not " }));
        let mut list = place.command(&["--json", "apps"]);
        list.env("GUILDPASS_TOKEN", &ben);
        let listed: Value = serde_json::from_str(&Running::of(list).ended().out).unwrap();
        assert_eq!(listed["apps"][0][mark], is_set);
    }
}

#[tokio::test]
async fn an_app_is_shown_and_changed() {
    let place = Place::of(BEN).await;
    let logo = "https://cdn.example.com/a.png";
    place.run_for_token(&["apps", "create", "Casebook", "--logo-url", logo]);
    let id = place.json(&["apps"])["apps"][0]["id"].as_str().unwrap().to_owned();
    let shown = place.prints(&["apps", "show", &id]);
    for text in ["Casebook", &id, &BEN.to_string(), logo, "private  no", "verified no"] {
        assert!(shown.contains(text), "{text} is not in\n{shown}");
    }
    assert_eq!(place.json(&["apps", "show", &id])["id"], id.as_str());

    assert_eq!(place.prints(&["apps", "edit", &id, "--name", "Logbook", "--private"]), format!("App {id} updated."));
    let app = place.json(&["apps", "edit", &id, "--no-logo"]);
    assert_eq!((&app["name"], &app["private"], &app["logo_url"]), (&"Logbook".into(), &true.into(), &Value::Null));
    assert_eq!(place.json(&["apps", "edit", &id, "--public"])["private"], false);

    for arguments in [
        &["apps", "edit", &id][..],
        &["apps", "edit", &id, "--private", "--public"],
        &["apps", "edit", &id, "--no-logo", "--logo-url", logo],
        &["apps", "--name", "x", "show", &id],
        &["apps", "show", "1"],
    ] {
        assert_eq!(place.run(arguments).code, Some(2), "{arguments:?}");
    }
}

#[tokio::test]
async fn a_token_is_regenerated_and_shown_where_a_browser_session_asks() {
    let place = Place::of(BEN).await;
    let (old, _) = place.run_for_token(&["apps", "create", "Casebook"]);
    let id = place.json(&["apps"])["apps"][0]["id"].as_str().unwrap().to_owned();
    let (new, rest) = place.run_for_token(&["apps", "regenerate", &id, "--yes"]);
    assert!(new.starts_with("gpx_") && new != old && rest.err.contains("no longer works"), "{}", rest.err);

    let said = place.fails(&["apps", "token", &id]);
    assert!(said.contains("/portal") && said.contains(&format!("guildpass apps regenerate {id}")), "{said}");
}

#[test]
fn a_link_has_all_of_its_parameters() {
    let place = Place::new();
    let id = "01a201ea-2d53-7326-8c5a-406a6598f4aa";
    let link =
        |more: &[&str]| place.prints(&[&["apps", "link", id, "--permissions", "VIEW_CASES,EDIT_CASES"], more].concat());
    let start = format!("{}/authorize?app_id={id}&type=guild&permissions=VIEW_CASES%2CEDIT_CASES", place.url());
    assert_eq!(link(&[]), start);
    let more = [
        "--optional",
        "EDIT_CASES",
        "--guild",
        "272120529715212344",
        "--redirect-uri",
        "http://localhost:3000/callback",
        "--state",
        "a&b=ü",
    ];
    let callback = "redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcallback&state=a%26b%3D%C3%BC";
    assert_eq!(link(&more), format!("{start}&optional=EDIT_CASES&guild_id=272120529715212344&{callback}"));
    let for_user = place.json(&["apps", "link", id, "--type", "user", "--permissions", "READ_PROFILE"]);
    assert_eq!(for_user["url"], format!("{}/authorize?app_id={id}&type=user&permissions=READ_PROFILE", place.url()));

    for more in [
        &[][..],
        &["--permissions", ""],
        &["--permissions", "VIEW_CASES,"],
        &["--permissions", "view cases"],
        &["--permissions", "VIEW_CASES", "--state", "x"],
        &["--permissions", "VIEW_CASES", "--optional", "EDIT_CASES"],
        &["--permissions", "VIEW_CASES", "--type", "user", "--guild", "1"],
        &["--permissions", "VIEW_CASES", "--guild", "a guild"],
    ] {
        assert_eq!(place.run(&[&["apps", "link", id], more].concat()).code, Some(2), "{more:?}");
    }
}
