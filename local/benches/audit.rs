//! `cargo bench -p local --bench audit [-- <sessions>]`: how long an audit of that many sessions takes on this machine, a million unless
//! said otherwise, and how much memory; of a tenth of them too, since memory must not grow with the number.

use std::collections::HashMap;
use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use local::engine;
use shared::context::{Clock as _, SystemClock};
use tokio::task::JoinSet;
use tokio::time::Instant;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;
type Item = HashMap<String, AttributeValue>;

const BINARY: &str = env!("CARGO_BIN_EXE_guildpass-local");
const SESSIONS: usize = 1_000_000;
const SESSIONS_OF_A_USER: usize = 10;
/// DynamoDB takes no more at once.
const BATCH: usize = 25;
const WRITERS: usize = 8;
/// How often the memory of the audit is looked at; the kernel keeps the peak.
const LOOK_EVERY: Duration = Duration::from_millis(20);

fn main() -> Outcome<()> {
    // `cargo test --all-targets` runs it too, but not to measure.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let wanted = std::env::args().filter_map(|argument| argument.parse().ok()).next_back().unwrap_or(SESSIONS);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut report = format!("{:>10} {:>10} {:>14} {:>12}\n", "sessions", "seconds", "sessions/s", "peak memory");
    for sessions in [wanted / 10, wanted] {
        let folder = Folder::new(sessions)?;
        runtime.block_on(fill(&folder.0.join("dynamodb.sqlite"), sessions))?;
        let audited = audit(&folder.0)?;
        let listed = lines(&folder.0)?;
        if listed != sessions {
            return Err(format!("{listed} of {sessions} sessions are listed").into());
        }
        let seconds = audited.time.as_secs_f64();
        let per_second = f64::from(u32::try_from(sessions)?) / seconds;
        report += &format!("{sessions:>10} {seconds:>10.1} {per_second:>14.0} {:>12}\n", audited.peak_memory);
    }
    std::io::stdout().write_all(report.as_bytes())?;
    Ok(())
}

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(sessions: usize) -> Outcome<Self> {
        let path = std::env::temp_dir().join(format!("guildpass-audit-bench-{}-{sessions}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            let _nobody_reads = writeln!(std::io::stderr(), "{} stays: {error}", self.0.display());
        }
    }
}

/// Makes the tables, with users and their sessions.
async fn fill(path: &Path, sessions: usize) -> Outcome<()> {
    let endpoint = engine::start_embedded(Some(&path.to_string_lossy())).await?;
    engine::make_tables(&endpoint, "").await?;
    let client = Client::new(&shared::aws::of_local_engine(&endpoint));
    let started = Instant::now();
    let now = SystemClock.now().timestamp();
    let users = sessions.div_ceil(SESSIONS_OF_A_USER);
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let client = client.clone();
        writers.spawn(async move {
            let mut waiting = Vec::new();
            for user in (writer..users).step_by(WRITERS) {
                waiting.push(account(user));
                let first = user * SESSIONS_OF_A_USER;
                waiting
                    .extend((first..sessions.min(first + SESSIONS_OF_A_USER)).map(|number| session(user, number, now)));
                if waiting.len() >= BATCH {
                    let rest = waiting.split_off(BATCH);
                    put(&client, std::mem::replace(&mut waiting, rest)).await?;
                }
            }
            for batch in waiting.chunks(BATCH) {
                put(&client, batch.to_vec()).await?;
            }
            Outcome::Ok(())
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer??;
    }
    writeln!(std::io::stderr(), "{sessions} sessions written in {:.0} s", started.elapsed().as_secs_f64())?;
    Ok(())
}

async fn put(client: &Client, items: Vec<Item>) -> Outcome<()> {
    let put =
        |item| Ok(WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(item)).build()?).build());
    let batch: Vec<_> = items.into_iter().map(put).collect::<Outcome<_>>()?;
    client.batch_write_item().request_items("users", batch).send().await?;
    Ok(())
}

fn account(user: usize) -> Item {
    item(user, "account".into(), [("state", text("normal")), ("sign_outs", number(0)), ("username", text("somebody"))])
}

fn session(user: usize, session: usize, now: i64) -> Item {
    let id = format!("session#00000000-0000-7000-8000-{session:012x}");
    let attributes = [
        ("type", text("app_login")),
        ("created_at", number(now * 1000)),
        ("expiry", number((now + 86_400) * 1000)),
        ("expires_at", number(now + 86_400)),
        ("sign_outs", number(0)),
        ("token_hash", AttributeValue::B(vec![7; 32].into())),
        ("user_agent", text("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")),
    ];
    item(user, id, attributes)
}

fn item<const N: usize>(user: usize, item: String, attributes: [(&str, AttributeValue); N]) -> Item {
    let user_id = format!("{}", 100_000_000_000_000_000 + user);
    let key = [("user_id".to_owned(), text(user_id)), ("item".to_owned(), text(item))];
    key.into_iter().chain(attributes.map(|(name, value)| (name.to_owned(), value))).collect()
}

fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

struct Audited {
    time: Duration,
    peak_memory: String,
}

/// The command that people run, as its own process.
fn audit(folder: &Path) -> Outcome<Audited> {
    let started = Instant::now();
    let mut command = Command::new(BINARY);
    command
        .arg("audit")
        .arg("--data-dir")
        .arg(folder)
        .arg("--folder")
        .arg(folder.join("audits"))
        .args(["--name", "bench"]);
    let mut child = command.stdout(Stdio::null()).spawn()?;
    let mut peak_memory = String::new();
    let status = loop {
        peak_memory = peak_of(&child).unwrap_or(peak_memory);
        match child.try_wait()? {
            Some(status) => break status,
            None => std::thread::sleep(LOOK_EVERY),
        }
    };
    if !status.success() {
        return Err(format!("the audit ended with {status}").into());
    }
    Ok(Audited { time: started.elapsed(), peak_memory })
}

/// As the kernel says it; `None` when the process has ended.
fn peak_of(child: &Child) -> Option<String> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(format!("{} MB", kilobytes / 1024))
}

/// How many lines the audit has written.
fn lines(folder: &Path) -> Outcome<usize> {
    let mut count = 0;
    for entry in std::fs::read_dir(folder.join("audits/sessions/bench"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            count += BufReader::new(std::fs::File::open(path)?).lines().count();
        }
    }
    Ok(count)
}
