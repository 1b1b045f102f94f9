//! The file that the grants are kept in.

use std::path::PathBuf;

use local::stand_in::world::ANNA;
use local::stand_in::{Application, Error, Options, StandIn};

use super::discord::Discord;

/// A path of its own in the system's directory for such, deleted at the end.
struct Kept(PathBuf);

impl Kept {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("guildpass-{name}-{}.json", std::process::id()));
        drop(std::fs::remove_file(&path));
        Self(path)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

#[tokio::test]
async fn grants_survive_a_restart() {
    let kept = Kept::new("restart");
    let before = Discord::keeping(Some(kept.0.clone())).await;
    let (access, refresh) = before.sign_in(ANNA, "identify").await;
    let code = before.code(ANNA, &[]).await;
    drop(before);

    let after = Discord::keeping(Some(kept.0.clone())).await;

    assert_eq!(after.get("/api/users/@me", &access).await.status, 200);
    assert_eq!(after.refresh(&refresh).await.status, 200);
    assert_eq!(after.exchange(&code).await.status, 200);
    let again = Discord::keeping(Some(kept.0.clone())).await;
    assert_eq!(again.refresh(&refresh).await.status, 400, "what is spent stays spent");
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let kept = Kept::new("private");
    let discord = Discord::keeping(Some(kept.0.clone())).await;
    discord.sign_in(ANNA, "identify").await;

    assert_eq!(std::fs::metadata(&kept.0).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_damaged_file_stops_the_start() {
    let kept = Kept::new("damaged");
    std::fs::write(&kept.0, "{").unwrap();
    let application = Application {
        client_id: String::new(),
        client_secret: String::new(),
        bot_token: String::new(),
        redirect_uris: vec![],
    };

    let now = std::sync::Arc::new(chrono::DateTime::default);
    let refused = StandIn::new(Options { application, now, keep_in: Some(kept.0.clone()) }).err();

    assert!(matches!(refused, Some(Error::Damaged { path, .. }) if path == kept.0));
}
