//! `guildpass sessions`: lists sessions and ends them. `guildpass logout`: ends the kept one.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use clap::builder::PossibleValuesParser;
use clap::{ArgGroup, Subcommand};
use domain::device;
use domain::{MalformedId, SessionId, SessionType, UserId};
use serde::Deserialize;
use serde_json::Value;

use super::Client;
use super::api::SignedIn;
use super::confirm::Confirmation;
use super::failure::Failure;
use super::list::{List, ListFlags, Listing};
use super::output::Output;

#[derive(clap::Args)]
pub struct Sessions {
    #[command(subcommand)]
    task: Option<Task>,

    #[command(flatten)]
    list: SessionFlags,
}

#[derive(Subcommand)]
enum Task {
    /// List your active sessions and API tokens, newest first; * marks the current one
    List(SessionFlags),
    /// Revoke one session or API token, or all
    Revoke(Revoke),
}

/// Flags of the list.
#[derive(clap::Args, Default)]
struct SessionFlags {
    #[command(flatten)]
    flags: ListFlags,

    /// Show only sessions of this type
    #[arg(long = "type", value_name = "TYPE", value_parser = PossibleValuesParser::new(SessionType::ALL.map(SessionType::as_str)))]
    kind: Option<String>,
}

#[derive(clap::Args)]
#[command(group(ArgGroup::new("which").required(true).args(["session", "all"])))]
struct Revoke {
    /// Id of the session or API token, or `@me` for the current one
    session: Option<Which>,

    /// Revoke all sessions and API tokens, including the current one
    #[arg(long)]
    all: bool,

    /// With --all: revoke those of another user (operators)
    #[arg(long, value_name = "USER_ID", requires = "all")]
    user: Option<UserId>,

    #[command(flatten)]
    confirmation: Confirmation,
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

impl Sessions {
    pub(super) async fn run(self, client: &Client<'_>) -> Result<(), Failure> {
        match self.task.unwrap_or_else(|| Task::List(SessionFlags::default())) {
            Task::List(flags) => list(client, &flags.or(self.list)).await,
            Task::Revoke(revoke) => {
                self.list.require_unset()?;
                revoke.run(client).await
            }
        }
    }
}

impl SessionFlags {
    fn or(self, others: Self) -> Self {
        Self { flags: self.flags.or(others.flags), kind: self.kind.or(others.kind) }
    }

    fn require_unset(&self) -> Result<(), Failure> {
        match &self.kind {
            None => self.flags.require_unset(),
            Some(_) => Err(Failure::Usage("--type can only be used with lists.".to_owned())),
        }
    }
}

impl Revoke {
    async fn run(self, client: &Client<'_>) -> Result<(), Failure> {
        match (self.session, self.user) {
            (Some(which), _) => revoke(client, which).await,
            (None, Some(user)) => revoke_all_of(client, user, &self.confirmation).await,
            (None, None) => revoke_all(client, &self.confirmation).await,
        }
    }
}

async fn list(client: &Client<'_>, SessionFlags { flags, kind }: &SessionFlags) -> Result<(), Failure> {
    let me = client.signed_in()?;
    let listing = fetch(&me, flags, kind.as_deref()).await?;
    listing.print(&me, client.output, |sessions| table(client.output, sessions))
}

/// The caller's sessions, all or those of a type.
pub(super) async fn fetch(me: &SignedIn<'_>, flags: &ListFlags, kind: Option<&str>) -> Result<Listing, Failure> {
    let list = List { path: "/sessions", query: &[], field: "sessions", name: "/name" };
    let is_of_kind = |session: &Value| kind.is_none() || session.get("type").and_then(Value::as_str) == kind;
    list.fetch(me, flags, is_of_kind).await
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
    client.output.done(&format!("{id} revoked."));
    Ok(())
}

async fn revoke_all_of(client: &Client<'_>, user: UserId, confirmation: &Confirmation) -> Result<(), Failure> {
    let me = client.signed_in()?;
    confirmation.ask(&format!("Revoke all sessions and API tokens of {user}?"))?;
    me.delete(&format!("/users/{user}/sessions")).await?;
    client.output.done(&format!("{user} is signed out everywhere."));
    Ok(())
}

async fn revoke_all(client: &Client<'_>, confirmation: &Confirmation) -> Result<(), Failure> {
    let me = client.signed_in()?;
    confirmation.ask("Revoke all your sessions and API tokens, including this one?")?;
    me.delete("/sessions").await?;
    forget(client, |kept| kept == me.session_id())?;
    client.output.done("All your sessions and API tokens are revoked.");
    Ok(())
}

/// Ends the kept session, and forgets it; also one that has ended already.
pub(super) async fn log_out(client: &Client<'_>) -> Result<(), Failure> {
    let said = match client.kept()?.delete("/sessions/@me").await {
        Ok(()) => "Signed out of",
        Err(failure) if failure.is("InvalidToken") => "The session had already ended. Deleted its token for",
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
    if sessions.is_empty() {
        return "No sessions.".to_owned();
    }
    let rows: Vec<_> = sessions.iter().map(|session| row(output, session)).collect();
    output.table(["", "ID", "TYPE", "CREATED", "LAST USED", "EXPIRES", "DEVICE", "NAME"], &rows)
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
