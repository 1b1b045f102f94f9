//! `guildpass apps`: the caller's apps, and for operators everybody's.

mod edit;
mod link;
mod show;
mod token;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use domain::AppId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Client;
use super::confirm::Confirmation;
use super::failure::Failure;
use super::list::{List, ListFlags};
use super::output::{Output, shown, yes_or_no};

#[derive(clap::Args)]
pub struct Apps {
    #[command(subcommand)]
    task: Option<Task>,

    #[command(flatten)]
    list: ListFlags,
}

#[derive(Subcommand)]
enum Task {
    /// List your apps, newest first
    List(ListFlags),
    /// Show an app
    Show {
        /// App id
        app_id: AppId,
    },
    /// Create an app and print its token
    Create {
        /// Display name
        name: String,

        /// URL of the logo
        #[arg(long, value_name = "URL")]
        logo_url: Option<String>,

        /// Only you can see and authorize it
        #[arg(long)]
        private: bool,
    },
    /// Edit an app; omitted fields stay unchanged
    Edit(edit::Edit),
    /// Print the authorization link of an app; sends no request
    Link(link::Link),
    /// Print the token of an app; requires a browser session
    Token {
        /// App id
        app_id: AppId,
    },
    /// Regenerate and print the token of an app; the old one stops working
    Regenerate {
        /// App id
        app_id: AppId,

        #[command(flatten)]
        confirmation: Confirmation,
    },
    /// Delete an app with its token and all its authorizations
    Delete {
        /// App id
        app_id: AppId,

        #[command(flatten)]
        confirmation: Confirmation,
    },
    /// Mark an app as verified (operators)
    Verify {
        /// App id
        app_id: AppId,
    },
    /// Mark an app as not verified (operators)
    Unverify {
        /// App id
        app_id: AppId,
    },
    /// Allow an app to introspect tokens (operators)
    Trust {
        /// App id
        app_id: AppId,
    },
    /// Disallow an app to introspect tokens (operators)
    Untrust {
        /// App id
        app_id: AppId,
    },
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
        let task = self.task.unwrap_or_else(|| Task::List(ListFlags::default()));
        if !matches!(task, Task::List(_)) {
            self.list.require_unset()?;
        }
        match task {
            Task::List(flags) => list(client, &flags.or(self.list)).await,
            Task::Show { app_id } => show::show(client, app_id).await,
            Task::Create { name, logo_url, private } => create(client, &name, logo_url, private).await,
            Task::Edit(edit) => edit.run(client).await,
            Task::Link(link) => link.run(client),
            Task::Token { app_id } => token::reveal(client, app_id).await,
            Task::Regenerate { app_id, confirmation } => token::regenerate(client, app_id, &confirmation).await,
            Task::Delete { app_id, confirmation } => delete(client, app_id, &confirmation).await,
            Task::Verify { app_id } => mark(client, app_id, "verified", true).await,
            Task::Unverify { app_id } => mark(client, app_id, "verified", false).await,
            Task::Trust { app_id } => mark(client, app_id, "trusted", true).await,
            Task::Untrust { app_id } => mark(client, app_id, "trusted", false).await,
        }
    }
}

async fn list(client: &Client<'_>, flags: &ListFlags) -> Result<(), Failure> {
    let me = client.signed_in()?;
    let list = List { path: "/apps", query: &[], field: "apps", name: "/name" };
    let listing = list.fetch(&me, flags, |_| true).await?;
    listing.print(&me, client.output, |apps| table(client.output, apps, flags))
}

fn table(output: &Output, apps: &[App], flags: &ListFlags) -> String {
    match (apps.is_empty(), flags.require_unset()) {
        (true, Ok(())) => return "You have no apps. Create one with `guildpass apps create <name>`.".to_owned(),
        (true, Err(_)) => return "No app has this name.".to_owned(),
        _ => {}
    }
    let rows: Vec<_> = apps.iter().map(|app| row(output, app)).collect();
    output.table(["ID", "CREATED", "VERIFIED", "PRIVATE", "NAME"], &rows)
}

fn row(output: &Output, app: &App) -> [String; 5] {
    [app.id.clone(), output.roughly(app.created_at), yes_or_no(app.verified), yes_or_no(app.private), app.name.clone()]
}

/// The token alone goes to the standard output, so that it can be piped to where it belongs.
async fn create(client: &Client<'_>, name: &str, logo_url: Option<String>, private: bool) -> Result<(), Failure> {
    let body = json!({ "name": name, "logo_url": logo_url, "private": private });
    let answer = client.signed_in()?.post("/apps", &body).await?;
    client.output.answer(&answer, |answer| {
        let Registered { app, token } = answer.read()?;
        client.output.note(&format!("App {} created. Its token:", shown(&app.id)));
        Ok(shown(&token))
    })
}

async fn delete(client: &Client<'_>, app_id: AppId, confirmation: &Confirmation) -> Result<(), Failure> {
    let me = client.signed_in()?;
    confirmation
        .ask(&format!("Delete app {app_id} with its token and all its authorizations? This cannot be undone."))?;
    me.delete(&format!("/apps/{app_id}")).await?;
    client.output.done(&format!("App {app_id} deleted."));
    Ok(())
}

/// Sets one of the marks that operators give.
async fn mark(client: &Client<'_>, app_id: AppId, mark: &str, is_set: bool) -> Result<(), Failure> {
    let body = Value::from_iter([(mark, is_set)]);
    client.signed_in()?.put(&format!("/apps/{app_id}/{mark}"), &body).await?;
    client.output.done(&format!("App {app_id} is {}{mark}.", if is_set { "" } else { "not " }));
    Ok(())
}
