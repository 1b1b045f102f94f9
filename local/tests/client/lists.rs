//! Lists: every page of them, filtered and cut as the flags say.

use std::io::{BufRead as _, BufReader, Write as _};
use std::sync::{Arc, Mutex};

use local::stand_in::world::ANNA;
use serde_json::json;

use super::*;

#[tokio::test]
async fn filters_and_limits_say_what_is_listed() {
    let place = Place::of(ANNA).await;
    for name in ["Nightly backup", "Weekly backup", "ci"] {
        place.run_for_token(&["tokens", "create", name]);
        place.run_for_token(&["apps", "create", name]);
    }
    for (arguments, count) in [
        (&["sessions"][..], 4),
        (&["sessions", "--type", "api"], 3),
        (&["sessions", "list", "--type", "app_login"], 1),
        (&["sessions", "--type", "login"], 0),
        (&["sessions", "list", "--type", "api", "--name", "BACKUP", "--limit", "1"], 1),
        (&["sessions", "--limit", "9"], 4),
        (&["tokens", "--name", "backup"], 2),
        (&["tokens", "list", "--limit", "2"], 2),
        (&["apps", "--name", "weekly"], 1),
        (&["apps", "list", "--limit", "2"], 2),
        (&["apps", "--name", "no such name"], 0),
    ] {
        let field = if arguments[0] == "apps" { "apps" } else { "sessions" };
        assert_eq!(place.json(arguments)[field].as_array().unwrap().len(), count, "{arguments:?}");
        let ended = place.run(arguments);
        assert_eq!(ended.out.lines().count(), count + 1, "{arguments:?}: {}", ended.out);
    }
    let cut = place.run(&["tokens", "--limit", "2"]);
    assert_eq!(cut.err, "There are more entries. Increase --limit to see them.");
    for arguments in [
        &["sessions", "--limit", "0"][..],
        &["sessions", "--limit", "-1"],
        &["sessions", "--type", "cookie"],
        &["sessions", "--type", "api", "revoke", "@me"],
        &["tokens", "--limit", "1", "create", "x"],
    ] {
        assert_eq!(place.run(arguments).code, Some(2), "{arguments:?}");
    }
}

#[tokio::test]
async fn every_page_is_shown() {
    let place = Place::of(ANNA).await;
    let session = place.json(&["sessions"])["sessions"][0].clone();
    let pages = [json!({"sessions": [session, session], "next": "AQ-_"}), json!({"sessions": [session], "next": null})];
    let (url, asked) = paged(pages.map(|page| page.to_string()));
    let run = |arguments: &[&str]| {
        let mut command = place.command(&[arguments, &["--url", &url]].concat());
        command.env("GUILDPASS_TOKEN", place.kept_token());
        without_tokens(Running::of(command).ended())
    };
    assert_eq!(run(&["sessions"]).out.lines().count(), 4);
    let document: Value = serde_json::from_str(&run(&["sessions", "--json"]).out).unwrap();
    assert_eq!((document["sessions"].as_array().unwrap().len(), &document["next"]), (3, &Value::Null));
    assert!(asked.lock().unwrap().contains(&"GET /sessions?cursor=AQ-_ HTTP/1.1".to_owned()));

    asked.lock().unwrap().clear();
    let cut = run(&["sessions", "--limit", "1"]);
    assert_eq!((cut.out.lines().count(), asked.lock().unwrap().len()), (2, 1), "no page more than needed");

    let (url, _) = paged([json!({"sessions": [], "next": "AQ"}).to_string(), json!({"sessions": 1}).to_string()]);
    let mut command = place.command(&["sessions", "--url", &url]);
    command.env("GUILDPASS_TOKEN", place.kept_token());
    let ended = Running::of(command).ended();
    assert!(ended.code == Some(1) && ended.err.contains("is not a guildpass service"), "{ended:?}");
}

/// A server that answers a request with a cursor with the second, every other one with the first; and what it was asked.
fn paged(pages: [String; 2]) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let lines = BufReader::new(&client).lines().map_while(Result::ok);
            let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
            let body = &pages[usize::from(head[0].contains("cursor="))];
            seen.lock().unwrap().push(head[0].clone());
            let length = body.len();
            // A client that does not wait for the answer is one that the test hears of.
            drop(write!(client, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"));
        }
    });
    (url, asked)
}
