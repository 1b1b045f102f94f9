//! The folder that keeps a service's data: one service at a time, and nothing in it that is not ours is used or changed.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;

use crate::running::{Ended, Folder, Running, command, free_ports};

const DATABASE: &str = ".guildpass/dynamodb.sqlite";
const KEY: &str = ".guildpass/sealing-key";

/// Starts a service where it must not, and answers what it says.
#[track_caller]
fn refusal(folder: &Folder, flags: &[&str]) -> String {
    let Ended { code, out, err } = Running::of(command(folder, &free_ports(flags))).ended();
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    assert!(err.starts_with("guildpass: "), "{err}");
    err
}

/// A folder with the data of a service that has ended.
fn with_data() -> Folder {
    let folder = Folder::new();
    Running::service(&folder, &[]).interrupt();
    folder
}

/// Every file of the folder but the lock, which holds nothing, and SQLite's note of who reads.
fn files(folder: &Folder) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder.path(".guildpass")).unwrap().map(|entry| entry.unwrap().path());
    let files =
        entries.filter(|path| path.is_file() && !path.ends_with("lock") && !path.to_str().unwrap().ends_with("-shm"));
    files.map(|path| (path.display().to_string(), std::fs::read(path).unwrap())).collect()
}

/// Asserts that a service is refused, that it says so of each of these files, and that none is changed.
#[track_caller]
fn assert_refused(folder: &Folder, said: &[&str]) {
    let before = files(folder);
    let err = refusal(folder, &[]);
    for text in said {
        assert!(err.contains(text), "{text} is not in: {err}");
    }
    assert_eq!(files(folder), before, "{err}");
}

fn made_by(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

#[tokio::test]
async fn a_second_service_on_the_same_folder_says_so_and_stops() {
    let folder = Folder::new();
    let first = Running::service(&folder, &[]);
    let token = first.sign_in().await;
    std::os::unix::fs::symlink(folder.path(".guildpass"), folder.path("the-same")).unwrap();
    for flags in [&[][..], &["--data-dir", "./.guildpass/"], &["--data-dir", "the-same"]] {
        let err = refusal(&folder, flags);
        assert!(err.contains("is in use by another guildpass") && err.contains("--data-dir"), "{err}");
    }
    assert_eq!(first.status_of_me(&token).await, 200, "the first goes on");

    let others = [Running::service(&folder, &["--memory"]), Running::service(&folder, &["--data-dir", "another"])];
    drop(others);
    first.kill_9();
    let next = Running::service(&folder, &[]);
    assert_eq!(next.status_of_me(&token).await, 200, "the lock ended with its process");
}

#[test]
fn a_file_that_is_no_database_of_guildpass_is_named_and_stays() {
    for content in ["", "x", "SQLite format 3", "SQLite format 3\0", &"no database at all\n".repeat(1000)] {
        let folder = Folder::new();
        std::fs::create_dir(folder.path(".guildpass")).unwrap();
        std::fs::write(folder.path(DATABASE), content).unwrap();
        if content.is_empty() {
            // Of a start that broke off.
            Running::service(&folder, &[]).interrupt();
        } else {
            assert_refused(&folder, &[DATABASE, "The file was not changed."]);
        }
    }
}

#[test]
fn a_database_of_something_else_is_named_and_stays() {
    for sql in [
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO users VALUES (1, 'Anna')",
        "CREATE TABLE _tables (table_name TEXT); INSERT INTO _tables VALUES ('orders')",
    ] {
        let folder = Folder::new();
        std::fs::create_dir(folder.path(".guildpass")).unwrap();
        made_by(&folder.path(DATABASE), sql);
        assert_refused(&folder, &[DATABASE, "is not a database of guildpass"]);
    }
}

#[test]
fn a_damaged_database_is_named_and_stays() {
    let folder = with_data();
    let whole = std::fs::read(folder.path(DATABASE)).unwrap();
    for part in [100, 4096, whole.len() / 2, whole.len() - 4096] {
        std::fs::write(folder.path(DATABASE), &whole[..part]).unwrap();
        assert_refused(&folder, &[DATABASE, "The file was not changed."]);
    }
    let mut overwritten = whole.clone();
    overwritten[4096..12_288].fill(0xAA);
    std::fs::write(folder.path(DATABASE), overwritten).unwrap();
    assert_refused(&folder, &[DATABASE, "is damaged"]);

    std::fs::write(folder.path(DATABASE), whole).unwrap();
    Running::service(&folder, &[]).interrupt();
}

#[test]
fn a_folder_in_the_place_of_a_file_is_named() {
    for file in [DATABASE, KEY, ".guildpass/lock"] {
        let folder = Folder::new();
        std::fs::create_dir_all(folder.path(file)).unwrap();
        assert_refused(&folder, &[file]);
        assert!(folder.path(file).is_dir());
    }
}

#[tokio::test]
async fn data_without_its_sealing_key_is_left_alone() {
    let folder = Folder::new();
    let service = Running::service(&folder, &[]);
    let token = service.sign_in().await;
    service.interrupt();
    let key = std::fs::read(folder.path(KEY)).unwrap();

    std::fs::remove_file(folder.path(KEY)).unwrap();
    assert_refused(&folder, &[KEY, DATABASE, "Nothing was changed."]);
    assert!(!folder.path(KEY).exists());
    for half in [&b""[..], &key[..20], &key[..63], b"not a key\n", &[0xff; 64], &[&key[..], b"\n"].concat()] {
        std::fs::write(folder.path(KEY), half).unwrap();
        assert_refused(&folder, &[KEY, DATABASE]);
    }

    std::fs::write(folder.path(KEY), &key).unwrap();
    let service = Running::service(&folder, &[]);
    assert_eq!(service.status_of_me(&token).await, 200);
}

#[test]
fn a_key_of_a_start_that_broke_off_is_made_again_and_no_other_is_replaced() {
    for (content, starts) in [("", true), ("0123", false), ("a key of my own", false)] {
        let folder = Folder::new();
        std::fs::create_dir(folder.path(".guildpass")).unwrap();
        std::fs::write(folder.path(KEY), content).unwrap();
        std::fs::write(folder.path(".guildpass/sealing-key.new"), "01").unwrap();
        if starts {
            Running::service(&folder, &[]).interrupt();
            assert_eq!(std::fs::read(folder.path(KEY)).unwrap().len(), 64);
            assert!(!folder.path(".guildpass/sealing-key.new").exists());
        } else {
            assert_refused(&folder, &[KEY, "does not hold a sealing key"]);
        }
    }
}

#[test]
fn an_audit_changes_no_database_that_is_not_ours() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path(".guildpass")).unwrap();
    made_by(&folder.path(DATABASE), "CREATE TABLE orders (id INTEGER)");
    let before = files(&folder);
    let ended = Running::of(command(&folder, &["audit"])).ended();
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert!(ended.err.contains(DATABASE) && ended.err.contains("is not a database of guildpass"), "{}", ended.err);
    assert_eq!(files(&folder), before);
}
