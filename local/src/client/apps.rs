//! `guildpass apps`: the caller's apps, and for operators everybody's.

use std::io::{IsTerminal, Write as _};

use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde::Deserialize;
use serde_json::json;
use shared::domain::AppId;

use super::Client;
use super::failure::Failure;
use super::output::{Output, shown};

#[derive(clap::Args)]
pub(crate) struct Apps {
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Subcommand)]
enum Task {
    /// List your apps, newest first
    List,
    /// Register an app; its token is printed
    Create {
        /// What people see it called
        name: String,

        /// Where its logo is
        #[arg(long, value_name = "URL")]
        logo_url: Option<String>,

        /// Nobody but you may know of it
        #[arg(long)]
        private: bool,
    },
    /// Delete an app of yours, its token and all its authorizations
    Delete {
        /// Its id
        app_id: AppId,

        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Vouch for an app; for operators
    Verify {
        /// Its id
        app_id: AppId,
    },
    /// No longer vouch for an app; for operators
    Unverify {
        /// Its id
        app_id: AppId,
    },
}

#[derive(Deserialize)]
struct Listed {
    apps: Vec<App>,
}

#[derive(Deserialize)]
struct App {
    id: String,
    name: String,
    #[serde(default)]
    private: bool,
    verified: bool,
    created_at: DateTime<Utc>,
}

/// What `POST /apps` answers.
#[derive(Deserialize)]
struct Registered {
    app: App,
    token: String,
}

impl Apps {
    pub(super) async fn run(self, client: &Client<'_>) -> Result<(), Failure> {
        match self.task.unwrap_or(Task::List) {
            Task::List => {
                let answer = client.signed_in()?.get("/apps").await?;
                client.output.answer(&answer, |answer| Ok(table(client.output, &answer.read::<Listed>()?.apps)))
            }
            Task::Create { name, logo_url, private } => create(client, &name, logo_url, private).await,
            Task::Delete { app_id, yes } => delete(client, app_id, yes).await,
            Task::Verify { app_id } => verify(client, app_id, true).await,
            Task::Unverify { app_id } => verify(client, app_id, false).await,
        }
    }
}

fn table(output: &Output, apps: &[App]) -> String {
    if apps.is_empty() {
        return "You have no apps. `guildpass apps create <name>` registers one.".to_owned();
    }
    let rows: Vec<_> = apps.iter().map(|app| row(output, app)).collect();
    output.table(["ID", "MADE", "VERIFIED", "PRIVATE", "NAME"], &rows)
}

fn row(output: &Output, app: &App) -> [String; 5] {
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    [app.id.clone(), output.roughly(app.created_at), yes(app.verified), yes(app.private), app.name.clone()]
}

/// The token alone goes to the standard output, so that it can be piped to where it belongs.
async fn create(client: &Client<'_>, name: &str, logo_url: Option<String>, private: bool) -> Result<(), Failure> {
    let body = json!({ "name": name, "logo_url": logo_url, "private": private });
    let answer = client.signed_in()?.post("/apps", &body).await?;
    client.output.answer(&answer, |answer| {
        let Registered { app, token } = answer.read()?;
        client.output.note(&format!("App {} is registered. Its token:", shown(&app.id)));
        Ok(shown(&token))
    })
}

async fn delete(client: &Client<'_>, app_id: AppId, yes: bool) -> Result<(), Failure> {
    let me = client.signed_in()?;
    if !yes && !confirmed(&format!("Delete app {app_id}, its token and all its authorizations, for good?"))? {
        return Err(Failure::Declined);
    }
    me.delete(&format!("/apps/{app_id}")).await?;
    client.output.done(&format!("App {app_id} is deleted."));
    Ok(())
}

/// Asks whoever sits at the terminal. A script has nobody to ask, and means what it says.
fn confirmed(question: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(true);
    }
    let mut answer = String::new();
    let asked = write!(std::io::stderr(), "{question} [y/N] ").and_then(|()| std::io::stdin().read_line(&mut answer));
    asked.map_err(|_| Failure::Declined)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

async fn verify(client: &Client<'_>, app_id: AppId, verified: bool) -> Result<(), Failure> {
    client.signed_in()?.put(&format!("/apps/{app_id}/verified"), &json!({ "verified": verified })).await?;
    client.output.done(&format!("App {app_id} is {}verified.", if verified { "" } else { "not " }));
    Ok(())
}
