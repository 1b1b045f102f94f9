//! The command as a person runs it: a process, what it prints, and a folder of its own to run in.

use std::io::{BufRead as _, BufReader, ErrorKind, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use local::stand_in::world::ANNA;
use serde_json::{Value, json};

/// For one line, one answer or one end, on a machine that is busy compiling.
const PATIENCE: Duration = Duration::from_secs(60);
const WEB: &str = "http://localhost:3000/callback";
/// The last line of a start with the stand-in.
const READY: &str = "Ctrl-C ends it.";

/// A folder of its own in the system's directory for such, deleted at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("guildpass-command-{}-{number}", std::process::id()));
        // Left by a process of the same id that was killed.
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.0.join(inside)
    }

    /// Who may do what with a file or folder in it.
    pub(crate) fn mode(&self, inside: &str) -> u32 {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.path(inside);
        let metadata = std::fs::metadata(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        metadata.permissions().mode() & 0o777
    }

    pub(crate) fn is_empty(&self) -> bool {
        std::fs::read_dir(&self.0).unwrap().next().is_none()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// The command in a folder, free of what the environment of the suite may hold.
pub(crate) fn command(folder: &Folder, flags: &[&str]) -> Command {
    in_folder(folder, Path::new(env!("CARGO_BIN_EXE_guildpass-local")), flags)
}

/// Any program, likewise.
pub(crate) fn in_folder(folder: &Folder, program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(&folder.0).env("NO_PROXY", "*").stdin(Stdio::null());
    const HELD: [&str; 8] = [
        "RUST_LOG",
        "NO_COLOR",
        "DISCORD_CLIENT_ID",
        "DISCORD_CLIENT_SECRET",
        "DISCORD_BOT_TOKEN",
        "GUILDPASS_URL",
        "GUILDPASS_TOKEN",
        "XDG_CONFIG_HOME",
    ];
    for variable in HELD {
        command.env_remove(variable);
    }
    command
}

/// Flags that take any free ports, and more.
pub(crate) fn free_ports<'f>(more: &[&'f str]) -> Vec<&'f str> {
    [&["--port", "0", "--discord-port", "0"], more].concat()
}

/// A running command; killed when it is dropped.
pub(crate) struct Running {
    child: Child,
    out: Lines,
    err: Lines,
    http: reqwest::Client,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None` after a signal that nobody caught.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Running {
    /// Starts the service on free ports and waits until it says that it is ready.
    pub(crate) fn service(folder: &Folder, flags: &[&str]) -> Self {
        let mut running = Self::of(command(folder, &free_ports(flags)));
        running.until(READY);
        running
    }

    /// Starts a command.
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, err) = (Lines::of(child.stdout.take().unwrap()), Lines::of(child.stderr.take().unwrap()));
        Self { child, out, err, http: client() }
    }

    /// Waits for a line of its output that contains this text.
    pub(crate) fn until(&mut self, text: &str) {
        if !self.out.until(text) {
            self.err.read_on();
            panic!("it ended without saying `{text}`:\n{}\n{}", self.out.text(), self.err.text());
        }
    }

    /// Waits for a line of its standard error that contains this text, and answers it.
    pub(crate) fn said(&mut self, text: &str) -> String {
        if !self.err.until(text) {
            panic!("it ended without saying `{text}`:\n{}", self.err.text());
        }
        self.err.seen.last().unwrap().trim().to_owned()
    }

    /// What it has printed so far.
    pub(crate) fn printed(&self) -> String {
        self.out.text()
    }

    /// The address that it printed under that name.
    pub(crate) fn address(&self, name: &str) -> String {
        let line = self.out.seen.iter().find(|line| line.split_whitespace().next() == Some(name));
        let address = line.and_then(|line| line.split_whitespace().nth(1));
        address.unwrap_or_else(|| panic!("no {name} in\n{}", self.out.text())).to_owned()
    }

    /// Sends a signal to it.
    pub(crate) fn signal(&self, signal: &str) {
        send(signal, &self.child.id().to_string());
    }

    /// Writes to its standard input, and closes it.
    pub(crate) fn is_told(&mut self, text: &str) {
        match self.child.stdin.take().unwrap().write_all(text.as_bytes()) {
            // It has ended without reading, which is for the test to judge.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            written => written.unwrap(),
        }
    }

    /// Waits for its end.
    pub(crate) fn ended(mut self) -> Ended {
        self.out.read_on();
        self.err.read_on();
        // Both pipes are closed: it is on its way out.
        Ended { code: self.child.wait().unwrap().code(), out: self.out.text(), err: self.err.text() }
    }

    /// Ctrl-C, and what that leads to.
    pub(crate) fn interrupt(self) {
        self.signal("INT");
        let ended = self.ended();
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }

    /// The end that no program can prepare for.
    pub(crate) fn kill_9(mut self) {
        self.child.kill().unwrap();
        assert_eq!(self.ended().code, None);
    }

    /// Signs the first user in, as a browser does. Answers the token.
    pub(crate) async fn sign_in(&self) -> String {
        let api = self.address("API");
        let page = self.location(&format!("{api}/oauth2/authorize?redirect_uri={WEB}")).await;
        let back = self.location(&format!("{page}&as_user={ANNA}")).await;
        let (_, code) = back.split_once("code=").unwrap_or_else(|| panic!("no code: {back}"));
        let (status, body) = self.exchange(code).await;
        assert_eq!(status, 200, "{body}");
        body["token"].as_str().unwrap().to_owned()
    }

    /// Where a page sends the browser.
    pub(crate) async fn location(&self, url: &str) -> String {
        let answer = self.http.get(url).send().await.unwrap();
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    /// `POST /oauth2`: status and body.
    pub(crate) async fn exchange(&self, code: &str) -> (u16, Value) {
        let body = json!({"code": code, "redirect_uri": WEB});
        let answer = self.http.post(format!("{}/oauth2", self.address("API"))).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// The status of `GET /sessions/@me`.
    pub(crate) async fn status_of_me(&self, token: &str) -> u16 {
        let me = self.http.get(format!("{}/sessions/@me", self.address("API")));
        me.bearer_auth(token).send().await.unwrap().status().as_u16()
    }

    /// `PUT` with a token: status and text.
    pub(crate) async fn put(&self, url: &str, token: &str, body: &Value) -> (u16, String) {
        let answer = self.http.put(url).bearer_auth(token).json(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// What `GET /permissions` answers.
    pub(crate) async fn permissions(&self) -> String {
        let answer = self.http.get(format!("{}/permissions", self.address("API"))).send().await.unwrap();
        answer.text().await.unwrap()
    }

    /// Status and text of a page that needs no token.
    pub(crate) async fn page(&self, url: &str) -> (u16, String) {
        let answer = self.http.get(url).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// The status of a page that needs no token.
    pub(crate) async fn status_of(&self, url: &str) -> u16 {
        self.http.get(url).send().await.unwrap().status().as_u16()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, or ends now.
        let (_dead, _reaped) = (self.child.kill(), self.child.wait());
    }
}

/// Sends a signal to a process that the test started.
fn send(signal: &str, pid: &str) {
    assert!(Command::new("kill").args([&format!("-{signal}"), pid]).status().unwrap().success());
}

/// Lines of a pipe, as they come.
struct Lines {
    coming: Receiver<String>,
    seen: Vec<String>,
}

impl Lines {
    fn of(pipe: impl Read + Send + 'static) -> Self {
        let (sender, coming) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                // The test may have ended.
                drop(sender.send(line));
            }
        });
        Self { coming, seen: vec![] }
    }

    /// False if the pipe was closed before such a line came.
    fn until(&mut self, text: &str) -> bool {
        loop {
            match self.coming.recv_timeout(PATIENCE) {
                Ok(line) => {
                    self.seen.push(line);
                    if self.seen.last().is_some_and(|line| line.contains(text)) {
                        return true;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return false,
                Err(RecvTimeoutError::Timeout) => panic!("nothing for {PATIENCE:?} after\n{}", self.text()),
            }
        }
    }

    fn read_on(&mut self) {
        while self.until("") {}
    }

    fn text(&self) -> String {
        self.seen.join("\n")
    }
}

fn client() -> reqwest::Client {
    // Refused if another test was first.
    let _first = rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "a browser of the suite")]
    let client = reqwest::Client::builder();
    client.redirect(reqwest::redirect::Policy::none()).no_proxy().timeout(PATIENCE).build().unwrap()
}

/// The tables of an engine, in order of their names.
pub(crate) async fn tables(endpoint: &str) -> Vec<String> {
    let client = aws_sdk_dynamodb::Client::new(&shared::aws::of_local_engine(endpoint));
    let mut names = client.list_tables().send().await.unwrap().table_names.unwrap();
    names.sort();
    names
}

/// The log line of one request to a service whose standard error is a terminal.
pub(crate) async fn line_on_a_terminal(environment: &[(&str, &str)]) -> String {
    let folder = Folder::new();
    let service =
        format!("echo pid $$; exec '{}' --memory --port 0 --discord-port 0", env!("CARGO_BIN_EXE_guildpass-local"));
    let mut script = in_folder(&folder, Path::new("script"), &["-qefc", &service, "/dev/null"]);
    script.env("SHELL", "/bin/sh").envs(environment.iter().copied());
    let mut running = Running::of(script);
    running.until(READY);
    assert_eq!(running.status_of_me("none").await, 401);
    running.until("GET /sessions/@me 401");
    let line = running.out.seen.last().unwrap().clone();
    send("INT", &running.address("pid"));
    assert_eq!(running.ended().code, Some(0));
    line
}
