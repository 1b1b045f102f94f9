//! `guildpass sessions`, `whoami` and `logout`.

use local::stand_in::world::{ANNA, BEN, FAY};

use super::*;

#[tokio::test]
async fn whoami_says_who_where_and_until_when() {
    let place = Place::of(FAY).await;
    let said = place.prints(&["whoami"]);
    let words: Vec<_> = said.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(words[..3], ["@fay".to_owned(), format!("id {FAY}"), format!("service {}", place.url())]);
    assert_eq!(words[3], format!("session app_login {}", place.session_id()));
    assert!(words[4].starts_with("created just now (20") && words[5].starts_with("expires in 14 days (20"), "{said}");
}

#[tokio::test]
async fn the_list_is_newest_first_and_marks_the_one_in_use() {
    let place = Place::of(ANNA).await;
    let current = place.session_id();
    place.run_for_token(&["tokens", "create", "Nightly backup", "--expiry", "12h"]);
    let list = place.prints(&["sessions"]);
    assert_eq!(place.prints(&["sessions", "list"]), list);
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(lines.len(), 3, "{list}");
    assert_eq!(
        lines[0].split_whitespace().collect::<Vec<_>>(),
        ["ID", "TYPE", "CREATED", "LAST", "USED", "EXPIRES", "DEVICE", "NAME"]
    );
    assert!(lines[1].starts_with("   ") && lines[1].contains(" api ") && lines[1].contains("in 12 hours"), "{list}");
    assert!(lines[1].contains("guildpass-cli  Nightly backup"), "{list}");
    assert!(lines[2].starts_with(&format!("*  {current}  app_login")), "{list}");
    let column = |line: &str, text: &str| line.find(text).unwrap();
    assert_eq!(column(lines[0], "TYPE"), column(lines[1], "api"));
    assert_eq!(column(lines[0], "EXPIRES"), column(lines[1], "in 12 hours"));
}

#[tokio::test]
async fn a_revoked_session_is_dead_and_the_others_live() {
    let place = Place::of(ANNA).await;
    let (token, _) = place.run_for_token(&["tokens", "create", "ci"]);
    let id = place.json(&["tokens", "list"])["sessions"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(place.prints(&["sessions", "revoke", &id]), format!("{id} revoked."));
    assert_eq!(place.service.status_of_me(&token).await, 401);
    assert!(place.prints(&["whoami"]).contains("Anna"));

    let said = place.fails(&["sessions", "revoke", &id]);
    assert!(said.starts_with("guildpass: Not found. (request "), "{said}");
}

#[tokio::test]
async fn revoking_the_session_in_use_forgets_it() {
    for by_name in [true, false] {
        let place = Place::of(ANNA).await;
        let (token, id) = (place.kept_token(), place.session_id());
        place.prints(&["sessions", "revoke", if by_name { "@me" } else { &id }]);
        assert_eq!(place.service.status_of_me(&token).await, 401);
        assert!(place.fails(&["whoami"]).contains("Not signed in"));
        assert_eq!(place.kept(), "{}");
    }
}

#[tokio::test]
async fn all_are_revoked_at_once() {
    let place = Place::of(ANNA).await;
    let (token, kept) = (place.run_for_token(&["tokens", "create", "ci"]).0, place.kept_token());
    assert_eq!(
        place.prints(&["sessions", "revoke", "--all", "--yes"]),
        "All your sessions and API tokens are revoked."
    );
    for token in [token, kept] {
        assert_eq!(place.service.status_of_me(&token).await, 401);
    }
    assert!(place.fails(&["sessions"]).contains("Not signed in"));
}

#[tokio::test]
async fn operators_sign_others_out() {
    let place = Place::of(BEN).await;
    let (ben, user) = (place.kept_token(), BEN.to_string());
    let said = place.fails(&["sessions", "revoke", "--all", "--user", &user, "--yes"]);
    assert!(said.contains("Only operators can do this."), "{said}");
    assert_eq!(place.service.status_of_me(&ben).await, 200);

    place.login(ANNA).await;
    let said = place.prints(&["sessions", "revoke", "--all", "--user", &user, "--yes"]);
    assert_eq!(said, format!("{user} is signed out everywhere."));
    assert_eq!(place.service.status_of_me(&ben).await, 401);
    assert!(place.prints(&["whoami"]).contains("Anna"));
}

#[tokio::test]
async fn logging_out_ends_the_session_and_forgets_it() {
    let place = Place::of(ANNA).await;
    let token = place.kept_token();
    assert_eq!(place.prints(&["logout"]), format!("Signed out of {}.", place.url()));
    assert_eq!((place.service.status_of_me(&token).await, place.kept().as_str()), (401, "{}"));
    assert!(place.fails(&["logout"]).contains("Not signed in"));
}

#[tokio::test]
async fn a_session_that_was_ended_elsewhere_is_said_to_have_ended() {
    let place = Place::of(ANNA).await;
    let mut command = place.command(&["sessions", "revoke", "--all", "--yes"]);
    command.env("GUILDPASS_TOKEN", place.service.sign_in().await);
    assert_eq!(Running::of(command).ended().code, Some(0));

    let said = place.fails(&["whoami"]);
    assert!(said.starts_with("guildpass: The token is not valid. (request "), "{said}");
    assert!(
        said.ends_with(&format!(
            "\nThe session has expired or was revoked. Run `guildpass login --url {}`.",
            place.url()
        )),
        "{said}"
    );
    assert!(place.prints(&["logout"]).starts_with("The session had already ended."));
    assert!(place.fails(&["whoami"]).contains("Not signed in"));
}

#[test]
fn what_is_no_session_is_refused_before_it_is_asked_about() {
    let place = Place::new();
    for arguments in [
        &["sessions", "revoke"][..],
        &["sessions", "revoke", "1"],
        &["sessions", "revoke", "../users/@me"],
        &["sessions", "revoke", "@me", "--all"],
        &["sessions", "revoke", "--user", "1"],
        &["sessions", "revoke", "--all", "--user", "anna"],
    ] {
        assert_eq!(place.run(arguments).code, Some(2), "{arguments:?}");
    }
}
