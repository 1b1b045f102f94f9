//! `guildpass audit`: lists and counts all sessions, of this machine's data or of a deployment.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use indicatif::{ProgressBar, ProgressStyle};
use local::engine;
use shared::Context;
use shared::audit::{Progress, SEGMENTS, Summary, Watch};
use shared::aws;
use shared::config::Variables;
use shared::context::{Clock, Outside, SystemClock, SystemEntropy};
use shared::discord::Timeouts;
use shared::domain::AuditName;

use crate::command::http_url;
use crate::data_dir::DataDir;
use crate::welcome;

#[derive(clap::Args)]
pub(crate) struct Audit {
    /// Folder that keeps the data of `guildpass` on this machine
    #[arg(long, default_value = ".guildpass", value_name = "FOLDER")]
    data_dir: PathBuf,

    /// Audit the tables of another DynamoDB engine
    #[arg(long, value_name = "URL", value_parser = http_url, conflicts_with_all = ["data_dir", "users_table"])]
    dynamodb_endpoint: Option<String>,

    /// Audit a deployment: the stack's output UsersTable; region and credentials come from the AWS profile
    #[arg(long, value_name = "TABLE", requires = "guards_table", conflicts_with = "data_dir")]
    users_table: Option<String>,

    /// The stack's output GuardsTable, where it is noted how far the audit has come
    #[arg(long, value_name = "TABLE", requires = "users_table")]
    guards_table: Option<String>,

    /// The stack's parameter SessionsValidAfter, if it has one
    #[arg(long, value_name = "MOMENT", default_value = "")]
    sessions_valid_after: String,

    /// Folder to write to
    #[arg(long, default_value = "audits", value_name = "FOLDER")]
    folder: PathBuf,

    /// What the audit is called; one that broke off goes on under its name [default: the time]
    #[arg(long)]
    name: Option<AuditName>,
}

/// Does it, and says what was counted.
pub(crate) async fn run(flags: Audit, json: bool) -> Result<(), Box<dyn Error>> {
    let function = session_audit::FUNCTION;
    let cx = Context::new(function.name, function.needs, &outside(&flags).await?)?;
    let name = flags.name.clone().unwrap_or_else(|| AuditName::of_second(SystemClock.now()));

    let bar = Bar::over(cx.store()?.count_users_items().await?);
    let progress = cx.audit(&name, segments(&flags), DateTime::<Utc>::MAX_UTC, &bar).await;
    bar.0.finish_and_clear();

    match progress? {
        Progress::Ended(summary) if json => welcome::print(&format!("{summary}\n")),
        Progress::Ended(summary) => welcome::print(&table(&serde_json::from_str(&summary)?, &flags.folder)),
        Progress::Unfinished(name) => {
            return Err(format!("somebody else works on the audit {name}, or stopped less than a minute ago; `--name {name}` goes on with it").into());
        }
    }
    Ok(())
}

/// The embedded engine goes through the whole table for each stretch of a segment, and straight through for all of it.
fn segments(flags: &Audit) -> u16 {
    if flags.users_table.is_none() && flags.dynamodb_endpoint.is_none() { 1 } else { SEGMENTS }
}

async fn outside(flags: &Audit) -> Result<Outside, Box<dyn Error>> {
    let aws = match (&flags.users_table, &flags.dynamodb_endpoint) {
        (Some(_), _) => aws::of_process().await,
        (None, Some(endpoint)) => aws::of_local_engine(endpoint),
        (None, None) => aws::of_local_engine(&engine_of(&flags.data_dir).await?),
    };
    let folder = flags.folder.to_str().ok_or("the folder's name is not UTF-8")?;
    let variables = Variables::from([
        ("USERS_TABLE", flags.users_table.as_deref().unwrap_or("users")),
        ("GUARDS_TABLE", flags.guards_table.as_deref().unwrap_or("guards")),
        // An audit does not look at it.
        ("APPS_TABLE", "apps"),
        ("AUDIT_FOLDER", folder),
        ("SESSIONS_VALID_AFTER", &flags.sessions_valid_after),
    ]);
    Ok(Outside {
        variables,
        aws,
        discord_timeouts: Timeouts::default(),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy::new()),
    })
}

async fn engine_of(data_dir: &Path) -> Result<String, Box<dyn Error>> {
    let Some(tables) = DataDir::tables_in(data_dir)? else {
        return Err(format!("{} holds no data; `guildpass` makes it when it starts", data_dir.display()).into());
    };
    Ok(engine::start_embedded(Some(&tables.to_string_lossy())).await?)
}

/// How far it has come, in a terminal.
struct Bar(ProgressBar);

impl Bar {
    fn over(items: u64) -> Self {
        let style =
            ProgressStyle::with_template("{bar:40} {human_pos} of about {human_len} items, {per_sec}, {eta} left");
        Self(ProgressBar::new(items).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }
}

impl Watch for Bar {
    fn walked(&self, items: u64) {
        self.0.inc(items);
    }

    fn ended(&self, _: &Summary) {}
}

/// The summary for a person.
fn table(Summary { audit, at, tally }: &Summary, folder: &Path) -> String {
    let files = folder.join("sessions").join(audit.to_string());
    let said = [("audit", audit.to_string()), ("of", at.to_rfc3339_opts(SecondsFormat::Secs, true))];
    let said = said.map(|(what, said)| format!("{what:<34} {said}\n"));
    let counts = tally.counts().map(|(count, many)| format!("{:<34} {many}\n", count.to_string().replace('_', " ")));
    said.into_iter().chain(counts).chain([format!("{:<34} {}\n", "files", files.display())]).collect()
}
