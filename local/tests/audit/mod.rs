//! `guildpass audit`: over the data of a service that runs or has ended, and over another engine's.

use serde_json::Value;

use crate::running::{Folder, Running, command};

fn audit(folder: &Folder, flags: &[&str]) -> (Option<i32>, String, String) {
    let ended = Running::of(command(folder, &[&["audit"], flags].concat())).ended();
    (ended.code, ended.out, ended.err)
}

#[tokio::test]
async fn it_counts_and_lists_while_the_service_runs_and_after() {
    let folder = Folder::new();
    let service = Running::service(&folder, &[]);
    let token = service.sign_in().await;
    let (code, out, err) = audit(&folder, &["--name", "first"]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    let lines: Vec<_> = out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(lines[0], "audit first");
    assert!(lines.contains(&"users 1".into()) && lines.contains(&"live login 1".into()), "{out}");
    assert_eq!(lines.last().unwrap(), "files audits/sessions/first");

    service.sign_in().await;
    service.interrupt();
    let (code, again, _) = audit(&folder, &["--name", "first"]);
    assert_eq!((code, again), (Some(0), out), "an audit that has ended says the same again");
    let (code, out, err) = audit(&folder, &["--json", "--folder", "elsewhere"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let summary: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&summary["live_login"], &summary["users"]), (&2.into(), &1.into()));

    let files = format!("elsewhere/sessions/{}", summary["audit"].as_str().unwrap());
    let listed: Vec<_> = std::fs::read_dir(folder.path(&files)).unwrap().map(|entry| entry.unwrap().path()).collect();
    let text: String = listed.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    assert_eq!(text.matches("\"session_id\"").count(), 2);
    assert!(!text.contains(&token) && !text.contains("hash"), "{text}");
    for path in listed {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(folder.mode(&format!("{files}/{name}")), 0o600, "{name}");
    }
    assert_eq!(folder.mode(&files), 0o700);
}

#[tokio::test]
async fn it_audits_the_tables_of_another_engine() {
    let folder = Folder::new();
    let service = Running::service(&folder, &["--memory"]);
    service.sign_in().await;
    let engine = service.address("DynamoDB");
    let (code, out, _) = audit(&folder, &["--dynamodb-endpoint", &engine, "--json"]);
    assert_eq!(code, Some(0));
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["live_login"], 1);
}

#[test]
fn what_it_cannot_do_it_says() {
    let folder = Folder::new();
    let (code, out, err) = audit(&folder, &[]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains(".guildpass holds no data"), "{err}");
    for (flags, said) in [
        (&["--name", "a/b"][..], "letters, digits and hyphens"),
        (&["--users-table", "users"], "--guards-table"),
        (&["--port", "1"], "unexpected argument"),
        (&["--url", "http://localhost:1"], "--url is for commands that ask a service"),
    ] {
        let (code, out, err) = audit(&folder, flags);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{flags:?}");
        assert!(err.contains(said), "{flags:?}: {err}");
    }
    assert!(folder.is_empty());
}
