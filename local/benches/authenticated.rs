//! `cargo bench -p local --bench authenticated`: what a start, an authenticated call and a refused one take on this machine, in one
//! process with engine and stand-in. No tool is needed; with `taskset`, service and load each get a core.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use local::functions::FUNCTIONS;
use local::stand_in::world::ANNA;
use tokio::task::JoinSet;
use tokio::time::Instant;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const BINARY: &str = env!("CARGO_BIN_EXE_guildpass-local");
const WEB: &str = "http://localhost:3000/callback";
const STARTS: usize = 5;
const CONNECTIONS: usize = 16;
const WARM_UP: Duration = Duration::from_secs(1);
const LOAD: Duration = Duration::from_secs(5);
/// For a start, or one answer.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> Outcome<()> {
    // `cargo test --all-targets` runs it too, but not to measure.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let pinned = pin_the_load();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(measure(pinned))?;
    std::io::stdout().write_all(report.as_bytes())?;
    Ok(())
}

/// Keeps this process, all of its threads to be, off the service's core; false if that cannot be.
fn pin_the_load() -> bool {
    let pid = std::process::id().to_string();
    let mut taskset = Command::new("taskset");
    taskset.args(["-c", "-p", "1", &pid]).stdout(Stdio::null()).stderr(Stdio::null());
    taskset.status().is_ok_and(|status| status.success())
}

async fn measure(pinned: bool) -> Outcome<String> {
    let folder = std::env::temp_dir().join(format!("guildpass-bench-{}", std::process::id()));
    let in_memory = start_up(&["--memory"], pinned);
    let in_a_folder = start_up(&["--data-dir", &folder.to_string_lossy()], pinned);
    std::fs::remove_dir_all(&folder)?;

    let service = Service::start(&["--memory"], pinned)?;
    let at_start = service.resident_memory();
    let client = client()?;
    let token = sign_in(&client, &service.api).await?;
    let signed_in = load(&client, &service.api, &token, 200).await?;
    let after_load = service.resident_memory();
    let refused = load(&client, &service.api, "malformed", 401).await?;

    let cores = if pinned { "service on one core, load on another" } else { "service and load on any core" };
    let mut lines = vec![
        format!("{} ({cores})", concat!("guildpass ", env!("CARGO_PKG_VERSION"))),
        String::new(),
        row(&format!("start until ready, median of {STARTS}"), &[]),
        row("  in memory", &[milliseconds(in_memory?)]),
        row("  with a data folder", &[milliseconds(in_a_folder?)]),
        row("resident memory", &[]),
        row("  after the start", &[at_start]),
        row("  after the load", &[after_load]),
        row(
            &format!("GET /sessions/@me, {CONNECTIONS} connections"),
            &["requests/s".into(), "p50".into(), "p99".into()],
        ),
        row("  with a session", &signed_in.cells()),
        row("  with a malformed token", &refused.cells()),
        row("release binaries of functions", &[]),
    ];
    lines.extend(sizes_of_functions());
    Ok(lines.join("\n") + "\n")
}

fn row(name: &str, cells: &[String]) -> String {
    cells.iter().fold(format!("{name:<38}"), |row, cell| row + &format!("{cell:>12}")).trim_end().to_owned()
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

/// The median time from nothing to the line that says it is ready.
fn start_up(flags: &[&str], pinned: bool) -> Outcome<Duration> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        times.push(Service::start(flags, pinned)?.ready_after);
    }
    Ok(part(&mut times, 50))
}

/// So many hundredths of the times are not longer.
fn part(times: &mut [Duration], hundredths: usize) -> Duration {
    times.sort_unstable();
    times.get(times.len() * hundredths / 100).copied().unwrap_or_default()
}

/// A service of its own process; killed when it is dropped.
struct Service {
    child: Child,
    api: String,
    ready_after: Duration,
}

impl Service {
    fn start(flags: &[&str], pinned: bool) -> Outcome<Self> {
        let mut command = Command::new(if pinned { "taskset" } else { BINARY });
        if pinned {
            command.args(["-c", "0", BINARY]);
        }
        command.args(flags).args(["--port", "0", "--discord-port", "0", "--no-rate-limits"]).env("RUST_LOG", "warn");
        let started = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let output = child.stdout.take().ok_or("no output")?;
        let mut service = Self { child, api: String::new(), ready_after: Duration::ZERO };

        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // What it prints once it is ready, nobody reads.
                drop(sender.send((Instant::now(), line)));
            }
        });
        while service.api.is_empty() {
            let (at, line) = lines.recv_timeout(PATIENCE).map_err(|_| "the service does not start")?;
            if line.contains("ready") {
                service.ready_after = at - started;
            }
            if let Some(("API", address)) = line.trim().split_once(' ') {
                service.api = address.trim().to_owned();
            }
        }
        Ok(service)
    }

    /// As the system counts it, where it has `/proc`.
    fn resident_memory(&self) -> String {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        kibibytes.map_or_else(|| "unknown".to_owned(), |kibibytes: f64| format!("{:.1} MB", kibibytes * 1.024 / 1000.0))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let (_dead, _reaped) = (self.child.kill(), self.child.wait());
    }
}

fn client() -> Outcome<reqwest::Client> {
    let _first = rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "the load")]
    let client = reqwest::Client::builder();
    Ok(client.redirect(reqwest::redirect::Policy::none()).no_proxy().timeout(PATIENCE).build()?)
}

/// Signs the first user in, as a browser does. Answers the token.
async fn sign_in(client: &reqwest::Client, api: &str) -> Outcome<String> {
    let page = location(client, &format!("{api}/oauth2/authorize?redirect_uri={WEB}")).await?;
    let back = location(client, &format!("{page}&as_user={ANNA}")).await?;
    let (_, code) = back.split_once("code=").ok_or("no code")?;
    let body = serde_json::json!({"code": code, "redirect_uri": WEB});
    let answer = client.post(format!("{api}/oauth2")).json(&body).send().await?.error_for_status()?;
    let answer: serde_json::Value = answer.json().await?;
    Ok(answer.get("token").and_then(|token| token.as_str()).ok_or("no token")?.to_owned())
}

async fn location(client: &reqwest::Client, url: &str) -> Outcome<String> {
    let answer = client.get(url).send().await?;
    Ok(answer.headers().get("location").ok_or("no redirect")?.to_str()?.to_owned())
}

/// What a load met.
struct Met {
    /// Answers per second.
    rate: f64,
    p50: Duration,
    p99: Duration,
}

impl Met {
    fn cells(&self) -> [String; 3] {
        [format!("{:.0}", self.rate), milliseconds(self.p50), milliseconds(self.p99)]
    }
}

/// Asks for the session over connections that are kept alive, each as fast as it is answered. Another status than this one ends it.
async fn load(client: &reqwest::Client, api: &str, token: &str, status: u16) -> Outcome<Met> {
    ask_until(Instant::now() + WARM_UP, client, api, token, status).await?;
    let started = Instant::now();
    let mut times = ask_until(started + LOAD, client, api, token, status).await?;
    let rate = f64::from(u32::try_from(times.len())?) / started.elapsed().as_secs_f64();
    Ok(Met { rate, p50: part(&mut times, 50), p99: part(&mut times, 99) })
}

async fn ask_until(
    end: Instant,
    client: &reqwest::Client,
    api: &str,
    token: &str,
    status: u16,
) -> Outcome<Vec<Duration>> {
    let mut connections = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let request = client.get(format!("{api}/sessions/@me")).bearer_auth(token).build()?;
        let client = client.clone();
        connections.spawn(async move {
            let mut times = Vec::new();
            while Instant::now() < end {
                let request = request.try_clone().ok_or("a request without a body")?;
                let asked = Instant::now();
                let answer = client.execute(request).await?;
                let answered = answer.status().as_u16();
                answer.bytes().await?;
                times.push(asked.elapsed());
                if answered != status {
                    return Err(format!("{answered} instead of {status}").into());
                }
            }
            Outcome::Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(connection) = connections.join_next().await {
        times.extend(connection??);
    }
    Ok(times)
}

/// Of those that stand beside the command: `cargo build --release --workspace` puts them there.
fn sizes_of_functions() -> Vec<String> {
    let folder = Path::new(BINARY).parent().unwrap_or(Path::new("."));
    let size = |name: &str| {
        let bytes = u32::try_from(std::fs::metadata(folder.join(name)).ok()?.len()).ok()?;
        Some(row(&format!("  {name}"), &[format!("{:.2} MB", f64::from(bytes) / 1e6)]))
    };
    let rows: Vec<_> = FUNCTIONS.iter().filter_map(|endpoint| size(endpoint.name)).collect();
    if rows.is_empty() { vec!["  none are built".to_owned()] } else { rows }
}
