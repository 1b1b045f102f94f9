//! `guildpass apps`.

use local::stand_in::world::{ANNA, BEN};

use super::*;

#[tokio::test]
async fn an_app_is_registered_listed_and_deleted() {
    let place = Place::of(BEN).await;
    assert_eq!(place.prints(&["apps"]), "You have no apps. `guildpass apps create <name>` registers one.");
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

    assert_eq!(place.prints(&["apps", "delete", id]), format!("App {id} is deleted."));
    assert!(place.prints(&["apps"]).starts_with("You have no apps"));
    assert!(place.fails(&["apps", "delete", id, "--yes"]).contains("There is no such thing here."));
}

#[tokio::test]
async fn operators_verify_and_others_do_not() {
    let place = Place::of(BEN).await;
    place.run_for_token(&["apps", "create", "Casebook"]);
    let id = place.json(&["apps"])["apps"][0]["id"].as_str().unwrap().to_owned();
    assert!(place.fails(&["apps", "verify", &id]).contains("Only operators can do this."));
    assert_eq!(place.json(&["apps"])["apps"][0]["verified"], false);

    let ben = place.kept_token();
    place.login(ANNA).await;
    for (task, verified) in [("verify", true), ("unverify", false)] {
        let said = place.prints(&["apps", task, &id]);
        assert_eq!(said, format!("App {id} is {}verified.", if verified { "" } else { "not " }));
        let mut list = place.command(&["--json", "apps"]);
        list.env("GUILDPASS_TOKEN", &ben);
        let listed: Value = serde_json::from_str(&Running::of(list).ended().out).unwrap();
        assert_eq!(listed["apps"][0]["verified"], verified);
    }
}
