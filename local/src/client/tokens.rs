//! `guildpass tokens`: API tokens, for scripts.

use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Client;
use super::api::Answer;
use super::duration::Length;
use super::failure::Failure;
use super::output::{Output, shown};
use super::sessions::{Listed, Session, Which, last_used, mark, revoke};

const API: &str = "api";

#[derive(clap::Args)]
pub(crate) struct Tokens {
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Subcommand)]
enum Task {
    /// List your live API tokens, newest first
    List,
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
        match self.task.unwrap_or(Task::List) {
            Task::List => list(client).await,
            Task::Create { name, expiry } => create(client, &name, expiry).await,
            Task::Revoke { id } => revoke(client, id).await,
        }
    }
}

async fn list(client: &Client<'_>) -> Result<(), Failure> {
    let answer = client.signed_in()?.get("/sessions").await?;
    let text = if client.output.is_json() { tokens_alone(&answer)? } else { table(client.output, answer.read()?) };
    client.output.print(&text);
    Ok(())
}

/// The answer as it came, without the sessions that are no API tokens.
fn tokens_alone(answer: &Answer) -> Result<String, Failure> {
    let mut document: Value = answer.read()?;
    if let Some(sessions) = document.get_mut("sessions").and_then(Value::as_array_mut) {
        sessions.retain(|session| session.get("type").and_then(Value::as_str) == Some(API));
    }
    Ok(document.to_string())
}

fn table(output: &Output, Listed { sessions }: Listed) -> String {
    let tokens: Vec<Session> = sessions.into_iter().filter(|session| session.r#type == API).collect();
    if tokens.is_empty() {
        return "You have no API tokens. `guildpass tokens create <name>` makes one.".to_owned();
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
