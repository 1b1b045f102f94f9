//! What is printed, for people and for programs; and how it fails.

use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::path::Path;

use local::stand_in::world::{ANNA, BEN};

use super::*;
use crate::running::in_folder;

#[test]
fn every_command_has_a_help() {
    let place = Place::new();
    let overview = place.prints(&["--help"]);
    for commands in [
        &["login"][..],
        &["logout"],
        &["whoami"],
        &["sessions"],
        &["sessions", "list"],
        &["sessions", "revoke"],
        &["tokens"],
        &["tokens", "list"],
        &["tokens", "create"],
        &["tokens", "revoke"],
        &["apps"],
        &["apps", "list"],
        &["apps", "create"],
        &["apps", "delete"],
        &["apps", "verify"],
        &["apps", "unverify"],
        &["apps", "trust"],
        &["apps", "untrust"],
        &["apps", "show"],
        &["apps", "edit"],
        &["apps", "link"],
        &["apps", "token"],
        &["apps", "regenerate"],
        &["authorizations"],
        &["authorizations", "list"],
        &["authorizations", "remove"],
        &["guilds"],
        &["ban"],
        &["unban"],
    ] {
        let help = place.prints(&[commands, &["--help"]].concat());
        assert!(help.contains(&format!("Usage: guildpass {}", commands.join(" "))), "{help}");
        assert!(help.contains("--json") && help.contains("--url <URL>"), "{help}");
        assert!(overview.contains(&format!("  {} ", commands[0])), "{overview}");
    }
}

#[test]
fn flags_that_mean_nothing_to_a_command_are_refused() {
    let place = Place::new();
    for (arguments, said) in [
        (&["--port", "1", "whoami"][..], "--port is for starting the service"),
        (&["--memory", "sessions", "list"], "--memory is for starting the service"),
        (
            &["--port", "1", "prepare", "--dynamodb-endpoint", "http://localhost:1"],
            "--port is for starting the service",
        ),
        (&["--json"], "--json is for commands that ask a service"),
        (&["prepare", "--dynamodb-endpoint", "http://localhost:1", "--json"], "--json is for commands that ask"),
        (&["whoami", "--port", "1"], "--port"),
    ] {
        let ended = place.run(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ended.err.contains(said), "{}", ended.err);
    }
}

#[tokio::test]
async fn programs_get_what_the_service_answered() {
    let place = Place::of(ANNA).await;
    for arguments in [&["--json", "sessions"][..], &["sessions", "--json"], &["sessions", "list", "--json"]] {
        let document: Value = serde_json::from_str(&place.run(arguments).out).unwrap();
        assert_eq!(document["sessions"][0]["current"], true);
        assert!(document["sessions"][0]["created_at"].as_str().unwrap().ends_with('Z'));
    }
    let document = place.json(&["whoami"]);
    assert_eq!(document["session"]["type"], "app_login");
    assert_eq!(document["user"]["username"], "anna.lindqvist");

    let (token, rest) = place.run_for_token(&["--json", "tokens", "create", "ci"]);
    let made: Value = serde_json::from_str(&rest.out).unwrap();
    assert_eq!((&made["token"], &made["user"], rest.err.as_str()), (&"(token)".into(), &Value::Null, ""));
    let (_, rest) = place.run_for_token(&["--json", "apps", "create", "Casebook"]);
    assert_eq!(serde_json::from_str::<Value>(&rest.out).unwrap()["app"]["name"], "Casebook");

    let ended = place.run(&["--json", "sessions", "revoke", made["session_id"].as_str().unwrap()]);
    assert_eq!((ended.code, ended.out.as_str(), ended.err.as_str()), (Some(0), "", ""), "204 has no body");
    assert_eq!(place.service.status_of_me(&token).await, 401);
}

#[tokio::test]
async fn programs_get_errors_as_json() {
    let place = Place::new();
    let error = |arguments: &[&str]| -> Value {
        let said = place.fails(&[&["--json"], arguments].concat());
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
    };
    assert_eq!(error(&["whoami"])["code"], "NotSignedIn");
    let nobody = format!("http://127.0.0.1:{}", free_port());
    assert_eq!(error(&["login", "--url", &nobody, "--redirect-uri", &place.redirect])["code"], "Unreachable");

    place.login(ANNA).await;
    let refused = error(&["ban", &ANNA.to_string(), "--yes"]);
    assert_eq!((&refused["code"], &refused["message"]), (&"Restricted".into(), &"You cannot ban yourself.".into()));
    assert!(refused["request_id"].is_string());
}

#[tokio::test]
async fn who_does_not_answer_is_named() {
    let place = Place::of(ANNA).await;
    let nobody = format!("http://localhost:{}", free_port());
    let mut command = place.command(&["whoami", "--url", &nobody]);
    command.env("GUILDPASS_TOKEN", place.kept_token());
    let ended = without_tokens(Running::of(command).ended());
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert!(ended.err.starts_with(&format!("guildpass: Cannot reach {nobody}: Connection refused")), "{}", ended.err);

    let discord = place.service.address("Discord");
    let said = place.fails(&["login", "--no-browser", "--url", &discord, "--redirect-uri", &place.redirect]);
    assert!(said.starts_with(&format!("guildpass: {discord} is not a guildpass service")), "{said}");
}

#[tokio::test]
async fn what_is_no_guildpass_service_is_not_believed() {
    let place = Place::of(ANNA).await;
    let (token, elsewhere) = (place.kept_token(), TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    elsewhere.set_nonblocking(true).unwrap();
    let away = format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{}/\r\n", elsewhere.local_addr().unwrap());
    for head in ["HTTP/1.1 200 OK\r\n", "HTTP/1.1 502 Bad Gateway\r\n", &away] {
        let url = always(format!("{head}content-length: 5\r\nconnection: close\r\n\r\n<html"));
        for arguments in [
            &["whoami"][..],
            &["sessions", "--json"],
            &["ban", "1", "--yes"],
            &["sessions", "revoke", "--all", "--yes"],
        ] {
            let mut command = place.command(&[arguments, &["--url", &url]].concat());
            command.env("GUILDPASS_TOKEN", &token);
            let ended = without_tokens(Running::of(command).ended());
            assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{arguments:?}");
            assert!(ended.err.contains("is not a guildpass service"), "{}", ended.err);
        }
    }
    assert_eq!(elsewhere.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "nobody was led there");
    assert_eq!(place.service.status_of_me(&token).await, 200);
}

#[tokio::test]
async fn a_wrong_command_line_is_json_for_programs() {
    let folder = Folder::new();
    for arguments in [
        &["--json", "--porto"][..],
        &["sessions", "revoke", "--json"],
        &["--json", "sessions", "revoke", "1"],
        &["apps", "create", "--json"],
        &["apps", "edit", "01a201ea-2d53-7326-8c5a-406a6598f4aa", "--json"],
        &["no-such-command", "--json"],
        &["sessions", "--limit", "0", "--json"],
        &["--json"],
        &["audit", "--json", "--name", "a/b"],
    ] {
        let ended = Running::of(command(&folder, arguments)).ended();
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{arguments:?}");
        let error: Value = serde_json::from_str(&ended.err).unwrap_or_else(|_| panic!("{}", ended.err));
        assert_eq!(error["code"], "Usage", "{arguments:?}");
        assert!(error["message"].as_str().unwrap().len() > 10, "{error}");
    }
    let help = Running::of(command(&folder, &["sessions", "--json", "--help"])).ended();
    assert!(help.code == Some(0) && help.out.contains("Usage: guildpass sessions"), "help is for people: {help:?}");

    let ended = Running::of(command(&folder, &["audit", "--json"])).ended();
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert_eq!(serde_json::from_str::<Value>(&ended.err).unwrap()["code"], "Failed");
}

#[tokio::test]
async fn without_a_terminal_nothing_final_is_done_that_was_not_confirmed() {
    let place = Place::of(ANNA).await;
    place.run_for_token(&["apps", "create", "Casebook"]);
    let id = place.json(&["apps"])["apps"][0]["id"].as_str().unwrap().to_owned();
    let ben = BEN.to_string();
    for arguments in [
        &["ban", &ben][..],
        &["sessions", "revoke", "--all"],
        &["sessions", "revoke", "--all", "--user", &ben],
        &["apps", "delete", &id],
        &["apps", "regenerate", &id],
    ] {
        let ended = place.run(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ended.err.contains("Add --yes"), "{}", ended.err);
        let ended = place.run(&[arguments, &["--json"]].concat());
        assert_eq!(serde_json::from_str::<Value>(&ended.err).unwrap()["code"], "Usage");
    }
    assert_eq!(place.json(&["apps"])["apps"][0]["id"], id.as_str());
}

#[test]
fn each_shell_completes_the_commands() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish"] {
        let ended = Running::of(command(&folder, &["completions", shell])).ended();
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{shell}");
        for word in ["guildpass", "regenerate", "authorizations", "redirect-uri"] {
            assert!(ended.out.contains(word), "{word} is not in the script for {shell}");
        }
    }
    assert_eq!(Running::of(command(&folder, &["completions", "cmd"])).ended().code, Some(2));
    assert!(folder.is_empty());
}

/// A server that answers every request with this.
fn always(answer: String) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let lines = BufReader::new(&client).lines().map_while(Result::ok);
            lines.take_while(|line| !line.is_empty()).for_each(drop);
            // A client that does not wait for the answer is one that the test hears of.
            drop(client.write_all(answer.as_bytes()));
        }
    });
    url
}

/// On a terminal of its own, made by `script`; without one there is never colour, whatever the variable says.
#[tokio::test]
async fn there_is_colour_on_a_terminal_alone_and_not_with_no_color() {
    let place = Place::of(ANNA).await;
    assert!(!place.prints(&["sessions"]).contains('\u{1b}'), "no colour in a pipe");
    if !Command::new("script").arg("--version").output().is_ok_and(|output| output.stdout.starts_with(b"script from")) {
        eprintln!("SKIPPED: there is no util-linux `script` to make a terminal with");
        return;
    }
    assert!(on_a_terminal(&place, "sessions", &[]).contains("\u{1b}[1m"), "colour on a terminal");
    for variable in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        assert!(!on_a_terminal(&place, "sessions", &[variable]).contains('\u{1b}'), "{variable:?}");
    }
}

#[tokio::test]
async fn whoever_sits_at_a_terminal_is_asked_before_what_is_final() {
    if !Command::new("script").arg("--version").output().is_ok_and(|output| output.stdout.starts_with(b"script from")) {
        eprintln!("SKIPPED: there is no util-linux `script` to make a terminal with");
        return;
    }
    let place = Place::of(ANNA).await;
    place.run_for_token(&["apps", "create", "Casebook"]);
    let id = place.json(&["apps"])["apps"][0]["id"].as_str().unwrap().to_owned();
    let said = on_a_terminal(&place, &format!("apps delete {id}"), &[]);
    assert!(said.contains("cannot be undone. [y/N]") && said.contains("Cancelled. Nothing was changed."), "{said}");
    assert_eq!(place.json(&["apps"])["apps"][0]["id"], id.as_str());
    for (arguments, asked) in [
        (format!("ban {BEN}"), format!("Ban {BEN}?")),
        ("sessions revoke --all".to_owned(), "including this one? [y/N]".to_owned()),
        (format!("apps regenerate {id}"), "The old one stops working".to_owned()),
    ] {
        let said = on_a_terminal(&place, &arguments, &[]);
        assert!(said.contains(&asked) && said.contains("Cancelled. Nothing was changed."), "{said}");
    }
    assert!(place.prints(&["whoami"]).contains("Anna"));
    assert!(on_a_terminal(&place, &format!("apps delete {id} --yes"), &[]).contains(" deleted."));
}

/// What a command prints on a terminal at which somebody presses Enter.
fn on_a_terminal(place: &Place, arguments: &str, environment: &[(&str, &str)]) -> String {
    let line = format!("'{}' {arguments} 2>&1", env!("CARGO_BIN_EXE_guildpass-local"));
    let mut script = in_folder(&place.folder, Path::new("script"), &["-qec", &line, "/dev/null"]);
    script.env("GUILDPASS_URL", place.url()).env("XDG_CONFIG_HOME", place.folder.path("config"));
    script.env("SHELL", "/bin/sh").env("TERM", "xterm").envs(environment.iter().copied());
    Running::fed(script, "\n").out
}
