//! `guildpass login`.

use std::path::Path;

use local::stand_in::world::{ANNA, BEN};

use super::*;
use crate::running::in_folder;

#[tokio::test]
async fn signing_in_keeps_a_session_that_its_owner_alone_can_read() {
    let place = Place::new();
    let ended = place.login(ANNA).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let said = format!("Signed in to {} as anna.lindqvist. The session expires in 14 days (20", place.url());
    assert!(ended.out.starts_with(&said), "{}", ended.out);

    assert_eq!(place.folder.mode("config/guildpass"), 0o700);
    for entry in std::fs::read_dir(place.folder.path("config/guildpass")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert_eq!(place.folder.mode(&format!("config/guildpass/{name}")), 0o600, "{name}");
    }
    let token = place.kept_token();
    assert!(token.starts_with("gpm_"), "an app_login");
    assert_eq!(place.service.status_of_me(&token).await, 200);
    assert!(place.prints(&["whoami"]).starts_with("Anna (@anna.lindqvist)\n"));
}

#[tokio::test]
async fn the_document_of_a_sign_in_has_no_token() {
    let place = Place::new();
    let (login, page) = place.begin(&["--json"]);
    let back = place.answered(&page, &BEN.to_string()).await;
    assert_eq!(place.service.page(&back).await.0, 200);
    let ended = without_tokens(login.ended());
    let document: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(document["user"]["username"], "ben_o");
    assert_eq!(document["session_id"], place.session_id());
    assert!(document.get("token").is_none());
}

#[tokio::test]
async fn what_belongs_to_another_sign_in_is_refused_and_waited_on() {
    let place = Place::new();
    let (login, page) = place.begin(&[]);
    let back = place.answered(&page, &ANNA.to_string()).await;
    let (before, state) = back.split_once("&state=").unwrap();
    for wrong in [
        format!("{before}&state=wrong"),
        before.to_owned(),
        format!("{back}&state={state}"),
        format!("{}?error=access_denied&state=wrong", place.redirect),
        format!("{}?state={state}", place.redirect),
    ] {
        let (status, said) = place.service.page(&wrong).await;
        assert!(status == 400 && said.contains("waits for this sign-in"), "{wrong}: {status} {said}");
    }
    assert_eq!(place.service.page(&back.replace("/callback", "/favicon.ico")).await.0, 404);

    assert_eq!(place.service.page(&back).await.0, 200);
    assert_eq!(login.ended().code, Some(0));
}

#[tokio::test]
async fn every_sign_in_has_a_state_and_a_challenge_of_its_own() {
    let place = Place::new();
    let parameters = |page: &str| -> std::collections::BTreeMap<String, String> {
        url::Url::parse(page).unwrap().query_pairs().into_owned().collect()
    };
    let (first, page) = place.begin(&[]);
    let one = parameters(&page);
    first.kill_9();
    let (_second, page) = place.begin(&[]);
    let other = parameters(&page);
    for parameter in ["state", "code_challenge"] {
        assert_eq!(one[parameter].len(), 43);
        assert_ne!(one[parameter], other[parameter]);
    }
    assert_eq!((one["code_challenge_method"].as_str(), &one["redirect_uri"]), ("S256", &place.redirect));
}

#[tokio::test]
async fn a_no_at_discord_is_a_no() {
    let place = Place::new();
    let (login, page) = place.begin(&[]);
    let back = place.answered(&page, "cancel").await;
    let (status, said) = place.service.page(&back).await;
    assert!(status == 200 && said.contains("Not signed in"), "{said}");
    let ended = login.ended();
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert!(ended.err.ends_with("guildpass: Authorization was denied at Discord."), "{}", ended.err);
    assert!(place.fails(&["whoami"]).contains("Not signed in"));
}

#[test]
fn nobody_is_waited_for_without_end() {
    let place = Place::new();
    let (login, _) = place.begin(&["--timeout", "1s"]);
    let ended = login.ended();
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("the browser did not return from Discord"), "{}", ended.err);
}

#[test]
fn a_redirect_that_is_not_allowed_comes_with_what_to_do() {
    let place = Place::new();
    let redirect = format!("http://127.0.0.1:{}/other", free_port());
    let said = place.fails(&["login", "--no-browser", "--redirect-uri", &redirect]);
    assert!(said.starts_with("guildpass: This redirect URI is not allowed. (request "), "{said}");
    assert!(said.contains(&format!("`app={redirect}` in the parameter RedirectUris")), "{said}");
    assert!(!said.contains("Open this URL"), "{said}");
}

#[test]
fn a_redirect_to_elsewhere_is_refused() {
    let place = Place::new();
    for redirect in ["https://evil.example/callback", "http://0.0.0.0:8976/callback", "guildpass://callback"] {
        let ended = place.run(&["login", "--redirect-uri", redirect]);
        assert_eq!(ended.code, Some(2));
        assert!(ended.err.contains("must be a URL on this machine"), "{}", ended.err);
    }
}

#[test]
fn a_taken_port_is_named_with_the_flag_that_chooses_another() {
    let place = Place::new();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let redirect = format!("http://127.0.0.1:{}/callback", taken.local_addr().unwrap().port());
    let said = place.fails(&["login", "--no-browser", "--redirect-uri", &redirect]);
    assert!(said.contains("--redirect-uri") && said.contains("in use"), "{said}");
}

#[tokio::test]
async fn the_usual_redirect_is_allowed_by_the_service_that_it_starts() {
    let place = Place::new();
    let help = place.prints(&["login", "--help"]);
    let (_, usual) = help.split_once("[default: http://").unwrap();
    let usual = format!("http://{}", usual.split_once(']').unwrap().0);
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let page = format!(
        "{}/oauth2/authorize?redirect_uri={usual}&code_challenge={challenge}&code_challenge_method=S256",
        place.url()
    );
    assert!(place.answered(&page, &ANNA.to_string()).await.starts_with(&format!("{usual}?code=")));
}

/// `xdg-open` of the path is a person who signs in as Anna.
#[test]
fn the_browser_is_opened() {
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("SKIPPED: there is no curl to be the browser");
        return;
    }
    let place = Place::new();
    let script = format!(
        "#!/bin/sh\nlocation() {{ curl --max-time 60 -so /dev/null -w '%{{redirect_url}}' \"$1\"; }}\n\
         page=$(location \"$1\")\nback=$(location \"$page&as_user={ANNA}\")\nexec curl --max-time 60 -s \"$back\"\n"
    );
    // Written by another process: one that a test starts in the meantime would hold our file open, and it could not be run.
    let write = in_folder(&place.folder, Path::new("sh"), &["-c", "cat > xdg-open && chmod 700 xdg-open"]);
    assert_eq!(Running::fed(write, &script).code, Some(0));
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", place.folder.path("").display());

    let mut login = place.command(&["login", "--redirect-uri", &place.redirect]);
    login.env("PATH", path);
    let ended = without_tokens(Running::of(login).ended());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.err.contains("Opening your browser."), "{}", ended.err);
    assert!(ended.out.contains("as anna.lindqvist"), "{}", ended.out);
}

#[tokio::test]
async fn a_token_that_was_made_elsewhere_is_kept() {
    let place = Place::of(ANNA).await;
    let (token, _) = place.run_for_token(&["tokens", "create", "ci", "--expiry", "1h"]);
    place.prints(&["logout"]);

    let ended = without_tokens(Running::fed(place.command(&["login", "--token-stdin"]), &format!("{token}\n")));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.out.contains("It expires in 1 hour"), "{}", ended.out);
    assert_eq!(place.kept_token(), token);
    assert!(place.prints(&["whoami"]).contains("session  api \"ci\" "));
}

#[tokio::test]
async fn what_is_no_live_token_is_not_kept() {
    let place = Place::of(ANNA).await;
    let (token, _) = place.run_for_token(&["tokens", "create", "ci"]);
    let (app_token, _) = place.run_for_token(&["apps", "create", "Casebook"]);
    place.prints(&["sessions", "revoke", "--all", "--yes"]);
    for (text, said) in [
        ("", "is not a guildpass token"),
        ("hunter2", "is not a guildpass token"),
        (&token[..token.len() - 1], "is not a guildpass token"),
        (app_token.as_str(), "is an app's token"),
        (token.as_str(), "The token has expired, was revoked, or belongs to another service. It was not stored."),
    ] {
        let ended = without_tokens(Running::fed(place.command(&["login", "--token-stdin"]), text));
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
        assert!(ended.err.contains(said), "{}", ended.err);
        assert_eq!(place.kept(), "{}");
    }
}
