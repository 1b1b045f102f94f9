//! `guildpass guilds`: the caller's guilds at Discord.

use chrono::{DateTime, Utc};
use domain::DiscordPermissions;
use serde::Deserialize;
use serde_json::Value;

use super::Client;
use super::failure::Failure;
use super::list::{List, ListFlags};
use super::output::{Output, yes_or_no};

#[derive(clap::Args)]
pub struct Guilds {
    #[command(flatten)]
    list: ListFlags,

    /// Show only guilds where you can authorize apps
    #[arg(long)]
    managed: bool,

    /// Fetch from Discord now instead of using the cache of five minutes
    #[arg(long)]
    refresh: bool,
}

#[derive(Deserialize)]
struct Guild {
    id: String,
    name: String,
    owner: bool,
    permissions: DiscordPermissions,
}

impl Guilds {
    pub(super) async fn run(self, client: &Client<'_>) -> Result<(), Failure> {
        let me = client.signed_in()?;
        let query: &[_] = if self.refresh { &[("refresh", "true")] } else { &[] };
        let list = List { path: "/users/@me/guilds", query, field: "guilds", name: "/name" };
        let keep = |entry: &Value| !self.managed || is_managed(entry);
        let listing = list.fetch(&me, &self.list, keep).await?;
        if listing.get("stale").and_then(Value::as_bool) == Some(true) {
            client.output.note(&stale(client.output, listing.get("fetched_at")));
        }
        listing.print(&me, client.output, |guilds| table(client.output, guilds))
    }
}

fn is_managed(entry: &Value) -> bool {
    serde_json::from_value(entry.clone()).is_ok_and(|guild: Guild| guild.is_managed())
}

impl Guild {
    fn is_managed(&self) -> bool {
        self.owner || self.permissions.may_manage()
    }
}

fn stale(output: &Output, fetched_at: Option<&Value>) -> String {
    let fetched_at: Option<DateTime<Utc>> = fetched_at.and_then(|moment| serde_json::from_value(moment.clone()).ok());
    let of = fetched_at.map(|moment| format!(" of {}", output.exactly(moment))).unwrap_or_default();
    format!("Discord could not be reached. This is the cached list{of}.")
}

fn table(output: &Output, guilds: &[Guild]) -> String {
    if guilds.is_empty() {
        return "No guilds.".to_owned();
    }
    let row =
        |guild: &Guild| [guild.id.clone(), yes_or_no(guild.owner), yes_or_no(guild.is_managed()), guild.name.clone()];
    output.table(["ID", "OWNER", "MANAGES", "NAME"], &guilds.iter().map(row).collect::<Vec<_>>())
}
