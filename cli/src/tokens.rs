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
    /// List your live API tokens, newest first
    List(ListFlags),
    /// Make an API token; it is printed this once
    Create {
        /// What you call it
        name: String,

        /// How long it lives: 45s, 90m, 12h, 30d, 2w, 1y, or a number of seconds
        #[arg(long, value_name = "DURATION", default_value = "30d")]
        expiry: Length,
    },
    /// End one at once
    Revoke {
        /// Its id, as `list` shows it; `@me` is the one in use
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
        (true, Ok(())) => return "You have no API tokens. `guildpass tokens create <name>` makes one.".to_owned(),
        (true, Err(_)) => return "No API token of yours is called that.".to_owned(),
        _ => {}
    }
    let rows: Vec<_> = tokens.iter().map(|token| row(output, token)).collect();
    output.table(["", "ID", "MADE", "LAST USED", "ENDS", "NAME"], &rows)
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
        client.output.note(&format!("API token {} ends {ends}. It is shown this once:", shown(&session_id)));
        Ok(shown(&token))
    })
}
