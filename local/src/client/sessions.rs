//! `guildpass sessions`: lists sessions and ends them. `guildpass logout`: ends the kept one.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use clap::{ArgGroup, Subcommand};
use serde::Deserialize;
use shared::domain::{MalformedId, SessionId, UserId};
use shared::pages::device;

use super::Client;
use super::failure::Failure;
use super::output::Output;

#[derive(clap::Args)]
pub(crate) struct Sessions {
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Subcommand)]
enum Task {
    /// List your live sessions and API tokens, newest first; the one in use is marked
    List,
    /// End one at once, or all
    Revoke(Revoke),
}

#[derive(clap::Args)]
#[command(group(ArgGroup::new("which").required(true).args(["session", "all"])))]
struct Revoke {
    /// Id of the session or API token; `@me` is the one in use
    session: Option<Which>,

    /// Sign out everywhere: every session and every API token, the one in use too
    #[arg(long)]
    all: bool,

    /// With --all: end another user's; for operators
    #[arg(long, value_name = "USER_ID", requires = "all")]
    user: Option<UserId>,
}

/// Which session.
#[derive(Clone, Copy)]
pub(super) enum Which {
    InUse,
    Id(SessionId),
}

impl FromStr for Which {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        if text == "@me" { Ok(Self::InUse) } else { text.parse().map(Self::Id) }
    }
}

/// One of what `GET /sessions` lists.
#[derive(Deserialize)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) r#type: String,
    pub(super) created_at: DateTime<Utc>,
    pub(super) expiry: DateTime<Utc>,
    pub(super) last_used_at: Option<DateTime<Utc>>,
    user_agent: Option<String>,
    pub(super) current: bool,
}

#[derive(Deserialize)]
pub(super) struct Listed {
    pub(super) sessions: Vec<Session>,
}

impl Sessions {
    pub(super) async fn run(self, client: &Client<'_>) -> Result<(), Failure> {
        match self.task.unwrap_or(Task::List) {
            Task::List => {
                let answer = client.signed_in()?.get("/sessions").await?;
                client.output.answer(&answer, |answer| Ok(table(client.output, &answer.read::<Listed>()?.sessions)))
            }
            Task::Revoke(Revoke { user: Some(user), .. }) => {
                client.signed_in()?.delete(&format!("/users/{user}/sessions")).await?;
                client.output.done(&format!("{user} is signed out everywhere."));
                Ok(())
            }
            Task::Revoke(Revoke { session: Some(which), .. }) => revoke(client, which).await,
            Task::Revoke(Revoke { session: None, .. }) => revoke_all(client).await,
        }
    }
}

/// Ends a session of the user's; forgets it if it was the kept one.
pub(super) async fn revoke(client: &Client<'_>, which: Which) -> Result<(), Failure> {
    let me = client.signed_in()?;
    let id = match which {
        Which::InUse => me.session_id(),
        Which::Id(id) => id,
    };
    me.delete(&format!("/sessions/{id}")).await?;
    forget(client, |kept| kept == id)?;
    client.output.done(&format!("{id} has ended."));
    Ok(())
}

async fn revoke_all(client: &Client<'_>) -> Result<(), Failure> {
    let me = client.signed_in()?;
    me.delete("/sessions").await?;
    forget(client, |kept| kept == me.session_id())?;
    client.output.done("Every session and API token of yours has ended.");
    Ok(())
}

/// Ends the kept session, and forgets it; also one that has ended already.
pub(super) async fn log_out(client: &Client<'_>) -> Result<(), Failure> {
    let said = match client.kept()?.delete("/sessions/@me").await {
        Ok(()) => "Signed out of",
        Err(failure) if failure.is("InvalidToken") => "The session had ended already. Forgotten:",
        Err(failure) => return Err(failure),
    };
    client.credentials.forget(client.api.origin())?;
    client.output.done(&format!("{said} {}.", client.api.origin()));
    Ok(())
}

/// Forgets what is kept for the service, if it is of a session that has just ended.
fn forget(client: &Client<'_>, has_ended: impl Fn(SessionId) -> bool) -> Result<(), Failure> {
    let kept = client.credentials.of(client.api.origin())?;
    if kept.is_some_and(|kept| has_ended(kept.session_id())) {
        client.credentials.forget(client.api.origin())?;
    }
    Ok(())
}

fn table(output: &Output, sessions: &[Session]) -> String {
    let rows: Vec<_> = sessions.iter().map(|session| row(output, session)).collect();
    output.table(["", "ID", "TYPE", "MADE", "LAST USED", "ENDS", "DEVICE", "NAME"], &rows)
}

fn row(output: &Output, session: &Session) -> [String; 8] {
    [
        mark(session),
        session.id.clone(),
        session.r#type.clone(),
        output.roughly(session.created_at),
        last_used(output, session),
        output.roughly(session.expiry),
        session.user_agent.as_deref().map(device).unwrap_or_default(),
        session.name.clone().unwrap_or_default(),
    ]
}

/// What stands before the one in use.
pub(super) fn mark(session: &Session) -> String {
    if session.current { "*".to_owned() } else { String::new() }
}

pub(super) fn last_used(output: &Output, session: &Session) -> String {
    session.last_used_at.map_or_else(|| "never".to_owned(), |moment| output.roughly(moment))
}
