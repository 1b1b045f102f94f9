//! The command line for users and operators: the real command against a real service.

mod apps;
mod authorizations;
mod credentials;
mod lists;
mod login;
mod output;
mod sessions;
mod tokens;
mod users;

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::running::{Ended, Folder, Running, command};

const KEPT: &str = "config/guildpass/credentials.json";

/// A service, and a person's folder to sign in from.
struct Place {
    folder: Folder,
    service: Running,
    redirect: String,
}

impl Place {
    fn new() -> Self {
        let (folder, redirect) = (Folder::new(), format!("http://127.0.0.1:{}/callback", free_port()));
        let service = Running::service(&folder, &["--memory", "--allow-redirect", &format!("app={redirect}")]);
        Self { folder, service, redirect }
    }

    /// With this user signed in.
    async fn of(user: u64) -> Self {
        let place = Self::new();
        let ended = place.login(user).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        place
    }

    fn url(&self) -> String {
        self.service.address("API")
    }

    /// The command, set to the service and to the folder.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(&self.folder, arguments);
        command.env("GUILDPASS_URL", self.url()).env("XDG_CONFIG_HOME", self.folder.path("config"));
        command
    }

    /// Runs it. It shows no token, wherever it shows anything.
    fn run(&self, arguments: &[&str]) -> Ended {
        without_tokens(Running::of(self.command(arguments)).ended())
    }

    /// Runs what shows a token once. Answers the token, and the rest of what it said.
    fn run_for_token(&self, arguments: &[&str]) -> (String, Ended) {
        let ended = Running::of(self.command(arguments)).ended();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let tokens = tokens_in(&ended.out);
        assert_eq!(tokens.len(), 1, "{}", ended.out);
        let token = tokens[0].to_owned();
        let rest = Ended { out: ended.out.replace(&token, "(token)"), ..ended };
        (token, without_tokens(rest))
    }

    /// Runs what succeeds. Answers the JSON that it prints.
    fn json(&self, arguments: &[&str]) -> Value {
        let ended = self.run(&[&["--json"], arguments].concat());
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{}", ended.out);
        serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {}", ended.out))
    }

    /// Runs what succeeds. Answers what it prints.
    fn prints(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{}", ended.out);
        ended.out
    }

    /// Runs what fails. Answers what it says.
    fn fails(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{}", ended.err);
        ended.err
    }

    /// A sign-in that has begun, and where it wants the browser.
    fn begin(&self, more: &[&str]) -> (Running, String) {
        let flags = ["login", "--no-browser", "--redirect-uri", &self.redirect];
        let mut login = Running::of(self.command(&[&flags, more].concat()));
        let page = login.said("/oauth2/authorize?");
        (login, page)
    }

    /// What the browser is sent back to once this user, or `cancel`, has answered Discord.
    async fn answered(&self, page: &str, user: &str) -> String {
        let discord = self.service.location(page).await;
        self.service.location(&format!("{discord}&as_user={user}")).await
    }

    async fn login(&self, user: u64) -> Ended {
        let (login, page) = self.begin(&[]);
        let back = self.answered(&page, &user.to_string()).await;
        let (status, said) = self.service.page(&back).await;
        assert!(status == 200 && said.contains("You can close this window"), "{status} {said}");
        without_tokens(login.ended())
    }

    /// The token that is kept for the service.
    fn kept_token(&self) -> String {
        let kept: Value = serde_json::from_str(&self.kept()).unwrap();
        kept[self.url()]["token"].as_str().unwrap_or_else(|| panic!("nothing is kept: {kept}")).to_owned()
    }

    fn kept(&self) -> String {
        std::fs::read_to_string(self.folder.path(KEPT)).unwrap()
    }

    fn session_id(&self) -> String {
        self.json(&["whoami"])["session"]["id"].as_str().unwrap().to_owned()
    }
}

impl Running {
    /// Runs a command that reads this from its standard input.
    fn fed(mut command: Command, text: &str) -> Ended {
        command.stdin(Stdio::piped());
        let mut running = Self::of(command);
        running.is_told(text);
        running.ended()
    }
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn without_tokens(ended: Ended) -> Ended {
    for text in [&ended.out, &ended.err] {
        assert_eq!(tokens_in(text), [""; 0], "{ended:?}");
    }
    ended
}

/// What looks like a token of ours.
fn tokens_in(text: &str) -> Vec<&str> {
    let words = text.split(|char: char| !char.is_ascii_alphanumeric() && char != '_');
    words.filter(|word| word.len() > 60 && word.starts_with("gp") && word.get(3..4) == Some("_")).collect()
}
