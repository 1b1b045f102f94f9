//! `guildpass tokens`.

use local::stand_in::world::ANNA;

use super::*;

#[tokio::test]
async fn a_token_is_printed_alone_and_once() {
    let place = Place::of(ANNA).await;
    let (token, rest) = place.run_for_token(&["tokens", "create", "Nightly backup"]);
    assert_eq!(rest.out, "(token)");
    assert!(rest.err.starts_with("API token ") && rest.err.contains("expires in 1 month (20"), "{}", rest.err);
    assert!(token.starts_with("gpa_"));
    assert_eq!(place.service.status_of_me(&token).await, 200);

    let list = place.prints(&["tokens"]);
    assert_eq!(place.prints(&["tokens", "list"]), list);
    assert!(list.lines().count() == 2 && list.ends_with("Nightly backup"), "{list}");
}

#[tokio::test]
async fn a_token_lives_as_long_as_was_said() {
    let place = Place::of(ANNA).await;
    for (length, seconds) in [("90", 90), ("90m", 5400), ("12h", 43_200), ("2w", 1_209_600), ("1y", 31_536_000)] {
        place.run_for_token(&["tokens", "create", length, "--expiry", length]);
        let listed = place.json(&["tokens", "list"]);
        let moment = |field: &str| -> chrono::DateTime<chrono::Utc> {
            listed["sessions"][0][field].as_str().unwrap().parse().unwrap()
        };
        assert_eq!((moment("expiry") - moment("created_at")).num_seconds(), seconds, "{length}");
    }
    for length in ["0", "1 day", "-1", "1mo", ""] {
        let ended = place.run(&["tokens", "create", "x", &format!("--expiry={length}")]);
        assert_eq!(ended.code, Some(2));
        assert!(ended.err.contains("must be a number of seconds, or one with a unit"), "{}", ended.err);
    }
    assert!(place.fails(&["tokens", "create", "x", "--expiry", "9223372036854776"]).contains("`expiry`"));
    assert!(place.fails(&["tokens", "create", " "]).contains("`name`"));
}

#[tokio::test]
async fn only_tokens_are_listed() {
    let place = Place::of(ANNA).await;
    assert_eq!(place.prints(&["tokens"]), "You have no API tokens. Create one with `guildpass tokens create <name>`.");
    assert_eq!(place.json(&["tokens"])["sessions"].as_array().unwrap().len(), 0);
    place.run_for_token(&["tokens", "create", "ci"]);
    assert_eq!(place.json(&["tokens"])["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(place.json(&["sessions"])["sessions"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_revoked_token_is_dead() {
    let place = Place::of(ANNA).await;
    let (token, _) = place.run_for_token(&["tokens", "create", "ci"]);
    let id = place.json(&["tokens"])["sessions"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(place.prints(&["tokens", "revoke", &id]), format!("{id} revoked."));
    assert_eq!(place.service.status_of_me(&token).await, 401);
    assert!(place.prints(&["tokens"]).starts_with("You have no API tokens"));
}
