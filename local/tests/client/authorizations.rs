//! `guildpass authorizations`, and `guildpass guilds`.

use local::stand_in::world::{BEN, EMIL, LIGHTHOUSE};
use serde_json::json;

use super::*;

impl Place {
    /// Authorizes an app, as the page does.
    async fn authorize(&self, path: &str, permission: &str) {
        let url = format!("{}{path}", self.url());
        let (status, text) = self.service.put(&url, &self.kept_token(), &json!({"permissions": [permission]})).await;
        assert_eq!(status, 201, "{text}");
    }
}

#[tokio::test]
async fn authorizations_are_listed_and_taken_back() {
    let place = Place::of(BEN).await;
    place.run_for_token(&["apps", "create", "Casebook"]);
    let id = place.json(&["apps"])["apps"][0]["id"].as_str().unwrap().to_owned();
    let guild = LIGHTHOUSE.to_string();
    assert_eq!(place.prints(&["authorizations"]), "No apps are authorized.");
    place.authorize(&format!("/apps/{id}/users/@me"), "READ_PROFILE").await;
    place.authorize(&format!("/apps/{id}/guilds/{guild}"), "VIEW_CASES").await;

    for (flags, permission, place_of_it) in [
        (&[][..], "READ_PROFILE", " for you".to_owned()),
        (&["--guild", &guild], "VIEW_CASES", format!(" on guild {guild}")),
    ] {
        let list = place.prints(&[&["authorizations", "list"], flags].concat());
        assert_eq!(place.prints(&[&["authorizations"], flags].concat()), list);
        let row: Vec<_> = list.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(row, [&id, "no", "just", "now", "never", permission, "Casebook"]);
        let document = place.json(&[&["authorizations", "list"], flags].concat());
        assert_eq!(document["authorizations"][0]["permissions"], json!([permission]));

        let remove = [&["authorizations", "remove", &id], flags].concat();
        assert_eq!(place.prints(&remove), format!("App {id} is no longer authorized{place_of_it}."));
        assert!(place.fails(&remove).contains("(request "));
        assert_eq!(place.prints(&[&["authorizations"], flags].concat()), "No apps are authorized.");
    }
    for arguments in [&["authorizations", "remove"][..], &["authorizations", "list", "--guild", "Lighthouse"]] {
        assert_eq!(place.run(arguments).code, Some(2), "{arguments:?}");
    }
}

#[tokio::test]
async fn guilds_are_listed_with_what_one_may_there() {
    let place = Place::of(EMIL).await;
    let list = place.prints(&["guilds"]);
    assert_eq!(list.lines().count(), 201);
    let column = |line: &str, column: usize| line.split_whitespace().nth(column).unwrap().to_owned();
    for (guild, owner, manages) in [("000", "yes", "yes"), ("001", "no", "yes"), ("003", "no", "no")] {
        let row = list.lines().find(|line| line.contains(&format!("Emils Gilde {guild} "))).unwrap();
        assert_eq!((column(row, 1).as_str(), column(row, 2).as_str()), (owner, manages), "{row}");
    }
    let count = |flags: &[&str]| place.json(&[&["guilds"], flags].concat())["guilds"].as_array().unwrap().len();
    assert_eq!((count(&[]), count(&["--managed", "--refresh"])), (200, 80));
    assert_eq!((count(&["--name", "GILDE 01"]), count(&["--managed", "--limit", "3"])), (10, 3));
    assert_eq!(place.prints(&["guilds", "--name", "no such name"]), "No guilds.");
}
