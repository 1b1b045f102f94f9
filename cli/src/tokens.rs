//! `guildpass tokens`: API tokens, for scripts.

use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde::Deserialize;
use serde_json::json;

use super::Client;
use super::duration::Length;
use super::failure::Failure;
use super::list::ListFlags;
use super::output::{Output, shown};
use super::sessions::{Session, Which, fetch, last_used, mark, revoke};

const API: &str = "api";

#[derive(clap::Args)]
pub struct Tokens {
    #[command(subcommand)]
    task: Option<Task>,

    #[command(flatten)]
    list: ListFlags,
}

#[derive(Subcommand)]
enum Task {
    /// List your active API tokens, newest first
    List(ListFlags),
    /// Create an API token and print it; it is shown only once
    Create {
        /// Name of the token
        name: String,

        /// Lifetime: 45s, 90m, 12h, 30d, 2w, 1y, or a number of seconds
        #[arg(long, value_name = "DURATION", default_value = "30d")]
        expiry: Length,
    },
    /// Revoke an API token
    Revoke {
        /// Id of the token, or `@me` for the current one
        id: Which,
    },
}

/// What `POST /sessions` answers.
#[derive(Deserialize)]
struct Made {
    token: String,
    session_id: String,
    expiry: DateTime<Utc>,
}

impl Tokens {
    pub(super) async fn run(self, client: &Client<'_>) -> Result<(), Failure> {
        let task = self.task.unwrap_or_else(|| Task::List(ListFlags::default()));
        if !matches!(task, Task::List(_)) {
            self.list.require_unset()?;
        }
        match task {
            Task::List(flags) => list(client, &flags.or(self.list)).await,
            Task::Create { name, expiry } => create(client, &name, expiry).await,
            Task::Revoke { id } => revoke(client, id).await,
        }
    }
}

async fn list(client: &Client<'_>, flags: &ListFlags) -> Result<(), Failure> {
    let me = client.signed_in()?;
    let listing = fetch(&me, flags, Some(API)).await?;
    listing.print(&me, client.output, |tokens| table(client.output, tokens, flags))
}

fn table(output: &Output, tokens: &[Session], flags: &ListFlags) -> String {
    match (tokens.is_empty(), flags.require_unset()) {
        (true, Ok(())) => {
            return "You have no API tokens. Create one with `guildpass tokens create <name>`.".to_owned();
        }
        (true, Err(_)) => return "No API token has this name.".to_owned(),
        _ => {}
    }
    let rows: Vec<_> = tokens.iter().map(|token| row(output, token)).collect();
    output.table(["", "ID", "CREATED", "LAST USED", "EXPIRES", "NAME"], &rows)
}

fn row(output: &Output, token: &Session) -> [String; 6] {
    [
        mark(token),
        token.id.clone(),
        output.roughly(token.created_at),
        last_used(output, token),
        output.roughly(token.expiry),
        token.name.clone().unwrap_or_default(),
    ]
}

/// The token alone goes to the standard output, so that it can be piped to where it belongs.
async fn create(client: &Client<'_>, name: &str, expiry: Length) -> Result<(), Failure> {
    let body = json!({ "name": name, "type": API, "expiry": expiry.seconds() });
    let answer = client.signed_in()?.post("/sessions", &body).await?;
    client.output.answer(&answer, |answer| {
        let Made { token, session_id, expiry } = answer.read()?;
        let ends = client.output.exactly(expiry);
        client.output.note(&format!("API token {} expires {ends}. It is shown only once:", shown(&session_id)));
        Ok(shown(&token))
    })
}
