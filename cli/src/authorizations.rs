//! `guildpass authorizations`: the apps that the caller, or a guild of theirs, has authorized.

use chrono::{DateTime, Utc};
use clap::Subcommand;
use domain::{AppId, GuildId};
use serde::Deserialize;

use super::Client;
use super::failure::Failure;
use super::list::{List, ListFlags};
use super::output::{Output, yes_or_no};

#[derive(clap::Args)]
pub struct Authorizations {
    #[command(subcommand)]
    task: Option<Task>,

    #[command(flatten)]
    list: Listed,
}

#[derive(Subcommand)]
enum Task {
    /// List the apps that you have authorized for yourself, or the apps on a guild
    List(Listed),
    /// Remove an authorization
    Remove {
        /// App id
        app_id: AppId,

        /// Remove the authorization on this guild instead of your own
        #[arg(long, value_name = "GUILD_ID")]
        guild: Option<GuildId>,
    },
}

#[derive(clap::Args, Default)]
struct Listed {
    /// List the apps on this guild instead of your own
    #[arg(long, value_name = "GUILD_ID")]
    guild: Option<GuildId>,

    #[command(flatten)]
    flags: ListFlags,
}

#[derive(Deserialize)]
struct Authorization {
    app: App,
    permissions: Vec<String>,
    granted_at: DateTime<Utc>,
    expiry: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct App {
    id: String,
    name: String,
    verified: bool,
}

impl Authorizations {
    pub(super) async fn run(self, client: &Client<'_>) -> Result<(), Failure> {
        match self.task.unwrap_or_else(|| Task::List(Listed::default())) {
            Task::List(Listed { guild, flags }) => {
                let guild = guild.or(self.list.guild);
                list(client, Listed { guild, flags: flags.or(self.list.flags) }).await
            }
            Task::Remove { app_id, guild } => {
                self.list.flags.require_unset()?;
                remove(client, app_id, guild.or(self.list.guild)).await
            }
        }
    }
}

async fn list(client: &Client<'_>, Listed { guild, flags }: Listed) -> Result<(), Failure> {
    let me = client.signed_in()?;
    let path = match guild {
        Some(guild) => format!("/guilds/{guild}/authorizations"),
        None => "/users/@me/authorizations".to_owned(),
    };
    let list = List { path: &path, query: &[], field: "authorizations", name: "/app/name" };
    let listing = list.fetch(&me, &flags, |_| true).await?;
    listing.print(&me, client.output, |authorizations| table(client.output, authorizations))
}

async fn remove(client: &Client<'_>, app_id: AppId, guild: Option<GuildId>) -> Result<(), Failure> {
    let (path, place) = match guild {
        Some(guild) => (format!("/apps/{app_id}/guilds/{guild}"), format!(" on guild {guild}")),
        None => (format!("/apps/{app_id}/users/@me"), " for you".to_owned()),
    };
    client.signed_in()?.delete(&path).await?;
    client.output.done(&format!("App {app_id} is no longer authorized{place}."));
    Ok(())
}

fn table(output: &Output, authorizations: &[Authorization]) -> String {
    if authorizations.is_empty() {
        return "No apps are authorized.".to_owned();
    }
    let rows: Vec<_> = authorizations.iter().map(|authorization| row(output, authorization)).collect();
    output.table(["APP", "VERIFIED", "GRANTED", "EXPIRES", "PERMISSIONS", "NAME"], &rows)
}

fn row(output: &Output, Authorization { app, permissions, granted_at, expiry }: &Authorization) -> [String; 6] {
    [
        app.id.clone(),
        yes_or_no(app.verified),
        output.roughly(*granted_at),
        expiry.map_or_else(|| "never".to_owned(), |expiry| output.roughly(expiry)),
        permissions.join(","),
        app.name.clone(),
    ]
}
