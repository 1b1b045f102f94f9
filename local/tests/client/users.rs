//! `guildpass ban` and `guildpass unban`.

use local::stand_in::world::{ANNA, BEN};

use super::*;

#[tokio::test]
async fn an_operator_bans_and_unbans() {
    let place = Place::of(BEN).await;
    let (ben, user) = (place.kept_token(), BEN.to_string());
    let as_ben = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.env("GUILDPASS_TOKEN", &ben);
        without_tokens(Running::of(command).ended())
    };
    place.login(ANNA).await;
    let said = place.prints(&["ban", &user, "--yes", "--reason", "Spam in three guilds"]);
    assert_eq!(said, format!("{user} is banned. This takes effect immediately."));

    let ended = as_ben(&["tokens", "create", "ci"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.starts_with("guildpass: This user is banned. (request "), "{}", ended.err);
    let whoami = as_ben(&["whoami"]);
    assert_eq!(whoami.code, Some(0), "{whoami:?}");
    assert!(
        whoami.out.starts_with(&format!("{user}\n")) && whoami.out.contains("\n  state    banned"),
        "{}",
        whoami.out
    );
    let document: Value = serde_json::from_str(&as_ben(&["--json", "whoami"]).out).unwrap();
    assert_eq!((&document["session"]["state"], &document["user"]), (&"banned".into(), &Value::Null));

    assert_eq!(place.prints(&["unban", &user]), format!("{user} is no longer banned."));
    assert!(as_ben(&["whoami"]).out.starts_with("Ben Okafor (@ben_o)"));
}

#[tokio::test]
async fn who_is_no_operator_bans_nobody() {
    let place = Place::of(BEN).await;
    let said = place.fails(&["ban", &ANNA.to_string(), "--yes"]);
    assert!(said.starts_with("guildpass: Only operators can do this. (request "), "{said}");
    assert!(place.fails(&["unban", &ANNA.to_string()]).contains("Only operators"));
    for arguments in [&["ban"][..], &["ban", "anna"], &["ban", "1/../2"], &["unban", "0"]] {
        assert_eq!(place.run(arguments).code, Some(2), "{arguments:?}");
    }
}
