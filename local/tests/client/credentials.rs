//! What is kept, and to whom it is sent.

use local::stand_in::world::{ANNA, BEN};
use std::os::unix::fs::PermissionsExt as _;

use super::*;

#[tokio::test]
async fn a_file_that_others_can_read_is_refused() {
    let place = Place::of(ANNA).await;
    for mode in [0o640, 0o604, 0o644] {
        std::fs::set_permissions(place.folder.path(KEPT), std::fs::Permissions::from_mode(mode)).unwrap();
        for arguments in [&["whoami"][..], &["login", "--no-browser"], &["logout"]] {
            let said = place.fails(arguments);
            assert!(said.contains("can be read by others") && said.contains("chmod 600"), "{said}");
        }
    }
    std::fs::set_permissions(place.folder.path(KEPT), std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(place.prints(&["whoami"]).contains("Anna"));
}

#[tokio::test]
async fn a_file_that_holds_something_else_is_named_and_left_alone() {
    let place = Place::of(ANNA).await;
    std::fs::write(place.folder.path(KEPT), "[1]").unwrap();
    for arguments in [&["whoami"][..], &["login", "--no-browser"]] {
        let said = place.fails(arguments);
        assert!(said.contains("credentials.json is not a credentials file"), "{said}");
    }
    assert_eq!(place.kept(), "[1]");
}

#[tokio::test]
async fn a_token_is_sent_to_the_service_that_it_is_of_and_to_no_other() {
    let place = Place::of(ANNA).await;
    let by_address = place.url().replace("localhost", "127.0.0.1");
    let said = place.fails(&["whoami", "--url", &by_address]);
    assert_eq!(said, format!("guildpass: Not signed in to {by_address}. Run `guildpass login --url {by_address}`."));
    assert!(place.prints(&["whoami", "--url", &place.url()]).contains("Anna"));
}

#[tokio::test]
async fn each_service_has_an_entry_of_its_own() {
    let (here, there) = (Place::of(ANNA).await, Place::of(BEN).await);
    let token = there.kept_token();
    let ended = Running::fed(here.command(&["login", "--token-stdin", "--url", &there.url()]), &token);
    assert_eq!(ended.code, Some(0), "{ended:?}");

    assert!(here.prints(&["whoami", "--url", &there.url()]).contains("Ben Okafor"));
    assert!(here.prints(&["whoami"]).contains("Anna"));
    here.prints(&["logout", "--url", &there.url()]);
    assert!(here.prints(&["whoami"]).contains("Anna"));
    assert!(there.fails(&["whoami"]).contains("The session has expired"));
}

#[test]
fn http_is_for_this_machine() {
    let place = Place::new();
    for url in ["http://auth.example.com", "http://10.0.0.1:8080", "ftp://localhost", "https://a.example/prod"] {
        let by_flag = place.run(&["whoami", "--url", url]);
        assert_eq!((by_flag.code, by_flag.out.as_str()), (Some(2), ""), "{}", by_flag.err);
        let mut command = place.command(&["whoami"]);
        command.env("GUILDPASS_URL", url);
        let by_variable = Running::of(command).ended();
        assert_eq!(by_variable.code, Some(2));
        assert!(by_variable.err.starts_with("guildpass: GUILDPASS_URL must"), "{}", by_variable.err);
    }
    let said = place.run(&["whoami", "--url", "http://auth.example.com"]).err;
    assert!(said.contains("others could read the token over http"), "{said}");
}

#[tokio::test]
async fn the_token_of_the_environment_goes_first() {
    let place = Place::of(ANNA).await;
    let (token, _) = place.run_for_token(&["tokens", "create", "ci"]);
    let with = |token: &str, arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.env("GUILDPASS_TOKEN", token);
        without_tokens(Running::of(command).ended())
    };
    assert!(with(&token, &["whoami"]).out.contains("session  api \"ci\""));

    // It ends itself, and what is kept stays.
    assert_eq!(with(&token, &["sessions", "revoke", "@me"]).code, Some(0));
    let ended = with(&token, &["whoami"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("The token in GUILDPASS_TOKEN has expired"), "{}", ended.err);
    assert!(place.prints(&["whoami"]).contains("app_login"));

    let ended = with("hunter2", &["whoami"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(2), "guildpass: GUILDPASS_TOKEN is not a guildpass token."));
}

#[tokio::test]
async fn without_a_folder_of_its_own_it_keeps_them_in_the_home() {
    let place = Place::of(ANNA).await;
    let token = place.kept_token();
    for relative in ["", "relative"] {
        let mut login = place.command(&["login", "--token-stdin"]);
        login.env("XDG_CONFIG_HOME", relative).env("HOME", place.folder.path("home"));
        assert_eq!(Running::fed(login, &token).code, Some(0));
        assert_eq!(place.folder.mode("home/.config/guildpass/credentials.json"), 0o600);
    }
    let mut nowhere = place.command(&["whoami"]);
    nowhere.env_remove("XDG_CONFIG_HOME").env_remove("HOME");
    let ended = Running::of(nowhere).ended();
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("set XDG_CONFIG_HOME or HOME"), "{}", ended.err);
}

#[tokio::test]
async fn nothing_that_anybody_prints_or_logs_has_a_token() {
    let place = Place::of(ANNA).await;
    let mut loud = place.command(&["sessions"]);
    loud.env("RUST_LOG", "trace");
    without_tokens(Running::of(loud).ended());
    place.service.signal("INT");
    without_tokens(place.service.ended());
}
