//! The command as a person uses it: the real binary, what it prints, how it fails, how it ends, what it keeps.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod client;
#[cfg(test)]
mod data_dir;
#[cfg(test)]
mod running;

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use local::stand_in;
use local::stand_in::world::ANNA;
use running::{Folder, Running, command, free_ports, in_folder, line_on_a_terminal, tables};

#[test]
fn the_help_names_every_flag() {
    let ended = Running::of(command(&Folder::new(), &["--help"])).ended();
    assert_eq!(ended.code, Some(0));
    for flag in
        ["--port", "--discord-port", "--data-dir", "--memory", "--dynamodb-endpoint", "--discord", "--no-rate-limits"]
    {
        assert!(ended.out.contains(&format!("  {flag} ")), "{flag} is not in\n{}", ended.out);
    }
    assert!(ended.out.contains("prepare"));
}

#[tokio::test]
async fn more_redirects_can_be_allowed() {
    let folder = Folder::new();
    let flags = ["--memory", "--allow-redirect", "web=http://localhost:5173/callback"];
    let service = Running::service(&folder, &flags);
    let asked = format!("{}/oauth2/authorize?redirect_uri=http://localhost:5173/callback", service.address("API"));
    let page = service.location(&asked).await;
    let back = service.location(&format!("{page}&as_user={ANNA}")).await;
    assert!(back.starts_with("http://localhost:5173/callback?code="), "{back}");

    for redirect in ["desk=http://a.example", "web=/callback", "", "app=a://b app=c://d"] {
        let ended = Running::of(command(&folder, &["--allow-redirect", redirect])).ended();
        assert_eq!(ended.code, Some(2), "{redirect}");
        assert!(ended.err.contains("--allow-redirect"), "{}", ended.err);
    }
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    let folder = Folder::new();
    for flags in [&["--porto", "1"][..], &["--port", "65536"], &["--memory", "--data-dir", "x"], &["--discord", "fake"]]
    {
        let ended = Running::of(command(&folder, flags)).ended();
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""));
        assert!(ended.err.contains(flags[0]), "{}", ended.err);
    }
    assert!(folder.is_empty());
}

#[tokio::test]
async fn it_says_where_it_listens_who_can_sign_in_and_what_to_try() {
    let folder = Folder::new();
    let service = Running::service(&folder, &["--memory"]);
    for user in stand_in::users() {
        for text in [user.id.to_string(), user.username.to_owned(), user.role.to_owned()] {
            assert!(service.printed().contains(&text), "{text} is not in\n{}", service.printed());
        }
    }
    assert!(service.printed().contains("embedded, in memory") && service.printed().contains("/oauth2/authorize?"));
    assert_eq!(service.status_of(&format!("{}/sessions/@me", service.address("API"))).await, 401);
    assert_eq!(service.status_of(&format!("{}/__control/application", service.address("Discord"))).await, 200);
    assert_eq!(tables(&service.address("DynamoDB")).await, ["apps", "guards", "users"]);
}

#[tokio::test]
async fn the_lines_that_it_prints_sign_in() {
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("SKIPPED: there is no curl to run the printed lines with");
        return;
    }
    let folder = Folder::new();
    let service = Running::service(&folder, &["--memory"]);
    let printed = service.printed();
    let (_, next) = printed.split_once("\nNext").unwrap();
    let lines: Vec<_> = next.lines().filter(|line| line.starts_with("  ")).collect();
    assert_eq!(lines.len(), 3, "{next}");

    // As they stand, but for a curl that does not wait for ever.
    let script = format!("curl() {{ command curl --max-time 60 \"$@\"; }}\n{}", lines.join("\n"));
    let ended = Running::of(in_folder(&folder, Path::new("bash"), &["-c", &script])).ended();

    let answer: serde_json::Value = serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{ended:?}"));
    assert_eq!((ended.code, &answer["user_id"]), (Some(0), &ANNA.to_string().into()), "{answer}");
    assert_eq!(service.status_of_me(answer["token"].as_str().unwrap()).await, 200);
}

#[test]
fn a_taken_port_is_named_with_the_flag_that_chooses_another() {
    let folder = Folder::new();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (flag, other) in [("--port", "--discord-port"), ("--discord-port", "--port")] {
        let ended = Running::of(command(&folder, &["--memory", flag, &port, other, "0"])).ended();
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
        assert_eq!(
            ended.err,
            format!(
                "guildpass: port {port} is taken; choose another one with {flag} (`{flag} 0` takes any that is free)"
            )
        );
    }
}

#[tokio::test]
async fn ctrl_c_and_a_polite_kill_end_it_with_success() {
    for signal in ["INT", "TERM"] {
        let folder = Folder::new();
        let service = Running::service(&folder, &[]);
        // Its connection is kept alive, and must not hold up the end.
        assert_eq!(service.status_of_me("none").await, 401);
        service.signal(signal);
        let ended = service.ended();
        assert_eq!(ended.code, Some(0), "{signal}: {ended:?}");
        assert!(!ended.err.contains("ERROR"), "{signal}: {}", ended.err);
    }
}

#[tokio::test]
async fn a_session_survives_a_restart_and_a_crash() {
    let folder = Folder::new();
    let flags = ["--data-dir", "kept/here"];
    let first = Running::service(&folder, &flags);
    assert!(first.printed().contains("kept in kept/here"));
    let before_the_restart = first.sign_in().await;
    first.interrupt();

    let second = Running::service(&folder, &flags);
    assert_eq!(second.status_of_me(&before_the_restart).await, 200);
    let before_the_crash = second.sign_in().await;
    second.kill_9();

    let third = Running::service(&folder, &flags);
    assert_eq!(third.status_of_me(&before_the_restart).await, 200);
    assert_eq!(third.status_of_me(&before_the_crash).await, 200);
    assert_ne!(before_the_restart, third.sign_in().await);
}

#[tokio::test]
async fn in_memory_nothing_survives_and_nothing_is_written() {
    let folder = Folder::new();
    let first = Running::service(&folder, &["--memory"]);
    let token = first.sign_in().await;
    assert_eq!(first.status_of_me(&token).await, 200);
    first.interrupt();

    let second = Running::service(&folder, &["--memory"]);
    assert_eq!(second.status_of_me(&token).await, 401);
    assert!(folder.is_empty());
}

#[tokio::test]
async fn what_it_keeps_is_its_owners_alone() {
    let folder = Folder::new();
    let service = Running::service(&folder, &[]);
    let _ = service.sign_in().await;
    assert_eq!(folder.mode(".guildpass"), 0o700);
    for secret in [".guildpass/discord.json", ".guildpass/sealing-key"] {
        assert_eq!(folder.mode(secret), 0o600, "{secret}");
    }
}

#[test]
fn the_sealing_key_is_made_once() {
    let folder = Folder::new();
    let mut keys = Vec::new();
    for _ in 0..2 {
        Running::service(&folder, &[]).interrupt();
        keys.push(std::fs::read_to_string(folder.path(".guildpass/sealing-key")).unwrap());
    }
    assert_eq!(keys[0], keys[1]);

    let other = Folder::new();
    Running::service(&other, &[]).interrupt();
    assert_ne!(keys[0], std::fs::read_to_string(other.path(".guildpass/sealing-key")).unwrap());
}

#[test]
fn a_folder_that_cannot_keep_data_is_named() {
    let folder = Folder::new();
    std::fs::write(folder.path("taken"), "").unwrap();
    let ended = Running::of(command(&folder, &free_ports(&["--data-dir", "taken"]))).ended();
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.starts_with("guildpass: taken cannot be used to keep data"), "{}", ended.err);
}

#[tokio::test]
async fn the_real_discord_needs_an_application_of_ones_own() {
    let folder = Folder::new();
    let real = || command(&folder, &free_ports(&["--memory", "--discord", "real"]));

    let ended = Running::of(real()).ended();
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("`--discord real` needs DISCORD_CLIENT_ID"), "{}", ended.err);

    let mut without_secret = real();
    without_secret.env("DISCORD_CLIENT_ID", "1200");
    let ended = Running::of(without_secret).ended();
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("`--discord real` needs DISCORD_CLIENT_SECRET"), "{}", ended.err);

    let mut with_both = real();
    with_both.env("DISCORD_CLIENT_ID", "1200").env("DISCORD_CLIENT_SECRET", "a secret of nobody");
    let mut service = Running::of(with_both);
    service.until("DynamoDB");
    assert!(!service.printed().contains("stand-in"), "{}", service.printed());
    let url = format!("{}/oauth2/authorize?redirect_uri=http://localhost:3000/callback", service.address("API"));
    let page = service.location(&url).await;
    assert!(page.starts_with("https://discord.com/oauth2/authorize?") && page.contains("client_id=1200&"), "{page}");
}

#[tokio::test]
async fn sign_ins_are_limited_unless_told_otherwise() {
    // 15 in five minutes, which may turn over once in between.
    const ENOUGH: usize = 31;
    for (flags, limited) in [(&["--memory"][..], true), (&["--memory", "--no-rate-limits"], false)] {
        let folder = Folder::new();
        let service = Running::service(&folder, flags);
        let mut statuses = Vec::new();
        for _ in 0..ENOUGH {
            statuses.push(service.exchange("made-up").await.0);
        }
        assert_eq!(statuses.contains(&429), limited, "{flags:?}: {statuses:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_engine_is_prepared_and_used() {
    let folder = Folder::new();
    let engine = local::engine::start_embedded(None).await.unwrap();
    let on_it = ["--memory", "--dynamodb-endpoint", &engine];
    let example = local::example::token();

    let service = Running::service(&folder, &on_it);
    assert_eq!(service.address("DynamoDB"), engine);
    let token = service.sign_in().await;
    assert_eq!(service.status_of_me(example.reveal()).await, 401, "nobody asked for it");
    service.interrupt();

    for _ in 0..2 {
        let ended = Running::of(command(&folder, &["prepare", "--dynamodb-endpoint", &engine])).ended();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.out.contains(&engine), "{}", ended.out);
    }
    assert_eq!(tables(&engine).await, ["apps", "guards", "users"]);

    let service = Running::service(&folder, &on_it);
    assert_eq!(service.status_of_me(example.reveal()).await, 200);
    assert_eq!(service.status_of_me(&token).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prepare_makes_the_tables_of_an_empty_engine() {
    let folder = Folder::new();
    let engine = local::engine::start_embedded(None).await.unwrap();
    let ended = Running::of(command(&folder, &["prepare", "--dynamodb-endpoint", &engine])).ended();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(tables(&engine).await, ["apps", "guards", "users"]);
    assert!(folder.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_public_session_is_put_on_engines_of_this_machine_alone() {
    let folder = Folder::new();
    let engine = local::engine::start_embedded(None).await.unwrap();
    // Leads to the same engine, by an address that is not of the loopback.
    let elsewhere = engine.replace("127.0.0.1", "0.0.0.0");
    let ended = Running::of(command(&folder, &["prepare", "--dynamodb-endpoint", &elsewhere])).ended();
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert!(ended.err.contains("engines of this machine") && ended.err.contains(&elsewhere), "{}", ended.err);

    let service = Running::service(&folder, &["--memory", "--dynamodb-endpoint", &engine]);
    assert_eq!(service.status_of_me(local::example::token().reveal()).await, 401);
}

#[tokio::test]
async fn the_permissions_come_from_a_file_that_is_checked_at_start() {
    let folder = Folder::new();
    let file = folder.path("permissions.json");
    let flags = ["--memory", "--permissions", file.to_str().unwrap()];
    std::fs::write(&file, r#"[{"name": "READ_LOGS", "description": "Read the logs", "subject": "guild"}]"#).unwrap();
    let service = Running::service(&folder, &flags);
    assert!(service.permissions().await.contains("READ_LOGS"));
    service.interrupt();

    for (text, said) in [
        (
            Some(r#"[{"name": "read logs", "description": "d", "subject": "guild"}]"#),
            "PERMISSIONS is wrong: `read logs`",
        ),
        (Some("nonsense"), "PERMISSIONS is wrong"),
        (None, "permissions.json cannot be read"),
    ] {
        match text {
            Some(text) => std::fs::write(&file, text).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
        let ended = Running::of(command(&folder, &[&free_ports(&[])[..], &flags].concat())).ended();
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
        assert!(ended.err.contains(said), "{}", ended.err);
    }
}

#[test]
fn an_engine_that_is_not_there_is_named() {
    let folder = Folder::new();
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let endpoint = format!("http://{nobody}");
    for flags in [free_ports(&["--memory"]), vec!["prepare"]] {
        let flags = [&flags[..], &["--dynamodb-endpoint", &endpoint]].concat();
        let ended = Running::of(command(&folder, &flags)).ended();
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
        assert!(ended.err.contains(&endpoint), "{}", ended.err);
    }
}

#[test]
fn who_waits_for_the_last_line_can_end_it() {
    let folder = Folder::new();
    for signal in ["INT", "TERM"].repeat(20) {
        let mut service = Running::of(command(&folder, &free_ports(&["--memory"])));
        service.until("Ctrl-C ends it.");
        service.signal(signal);
        assert_eq!(service.ended().code, Some(0));
    }
}

#[tokio::test]
async fn half_a_request_does_not_hold_up_the_end() {
    let folder = Folder::new();
    let service = Running::service(&folder, &["--memory"]);
    let address = service.address("API").replace("http://localhost", "127.0.0.1");
    let mut client = TcpStream::connect(address).unwrap();
    client.write_all(b"GET /sessions HTTP/1.1\r\nHo").unwrap();
    assert_eq!(service.status_of_me("none").await, 401, "it has taken the client's connection before this one");
    service.interrupt();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_is_refused_is_left_as_it_was() {
    let folder = Folder::new();
    let engine = local::engine::start_embedded(None).await.unwrap();
    let elsewhere = engine.replace("127.0.0.1", "0.0.0.0");
    let ended = Running::of(command(&folder, &["prepare", "--dynamodb-endpoint", &elsewhere])).ended();
    assert_eq!(ended.code, Some(1));
    assert!(tables(&engine).await.is_empty());
}

#[test]
fn a_restart_warns_of_nothing() {
    let folder = Folder::new();
    for _ in 0..2 {
        let service = Running::service(&folder, &[]);
        service.signal("INT");
        assert_eq!(service.ended().err, "");
    }
}

#[test]
fn in_a_folder_that_others_may_read_the_files_are_its_owners_alone() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("open")).unwrap();
    let _service = Running::service(&folder, &["--data-dir", "open"]);
    for entry in std::fs::read_dir(folder.path("open")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert_eq!(folder.mode(&format!("open/{name}")), 0o600, "{name}");
    }
}

/// On a terminal of its own, made by `script`; without one there is never colour, whatever the variable says.
#[tokio::test]
async fn no_color_is_honoured() {
    if Command::new("script").arg("--version").output().is_ok_and(|output| output.stdout.starts_with(b"script from")) {
        assert!(line_on_a_terminal(&[]).await.contains('\u{1b}'), "colour on a terminal");
        assert!(!line_on_a_terminal(&[("NO_COLOR", "1")]).await.contains('\u{1b}'));
    } else {
        eprintln!("SKIPPED: there is no util-linux `script` to make a terminal with");
    }
    let folder = Folder::new();
    let service = Running::service(&folder, &["--memory"]);
    assert_eq!(service.status_of_me("none").await, 401);
    service.signal("INT");
    let ended = service.ended();
    assert!(ended.err.contains("401") && !ended.err.contains('\u{1b}'), "no colour in a pipe: {}", ended.err);
}
