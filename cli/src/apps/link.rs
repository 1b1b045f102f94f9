//! `guildpass apps link`: the link by which people authorize an app.

use clap::ValueEnum;
use domain::{AppId, GuildId};
use serde_json::json;
use url::Url;

use super::super::Client;
use super::super::failure::Failure;

#[derive(clap::Args)]
pub(super) struct Link {
    /// App id
    app_id: AppId,

    /// Permissions to request, like VIEW_CASES,EDIT_CASES
    #[arg(long, required = true, value_delimiter = ',', value_name = "NAMES", value_parser = permission)]
    permissions: Vec<String>,

    /// Permissions of these that users can leave out
    #[arg(long, value_delimiter = ',', value_name = "NAMES", value_parser = permission)]
    optional: Vec<String>,

    /// Who authorizes the app: a guild or a user
    #[arg(long = "type", value_enum, default_value_t = Kind::Guild)]
    kind: Kind,

    /// Guild to authorize the app on; users choose one if omitted
    #[arg(long, value_name = "GUILD_ID")]
    guild: Option<GuildId>,

    /// URL to redirect users to; must be in the service's allow-list
    #[arg(long, value_name = "URL")]
    redirect_uri: Option<String>,

    /// Value that is returned with the redirect
    #[arg(long, requires = "redirect_uri")]
    state: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Guild,
    User,
}

/// The form alone is checked: which permissions there are, the service knows.
fn permission(name: &str) -> Result<String, &'static str> {
    let fits = |char: char| char.is_ascii_uppercase() || char.is_ascii_digit() || char == '_';
    if !name.is_empty() && name.chars().all(fits) {
        Ok(name.to_owned())
    } else {
        Err("must be names of permissions like VIEW_CASES, separated by commas")
    }
}

impl Link {
    pub(super) fn run(&self, client: &Client<'_>) -> Result<(), Failure> {
        if self.kind == Kind::User && self.guild.is_some() {
            return Err(Failure::Usage("--guild requires --type guild.".to_owned()));
        }
        if let Some(name) = self.optional.iter().find(|name| !self.permissions.contains(name)) {
            return Err(Failure::Usage(format!("--optional has {name}, which is not in --permissions.")));
        }
        let url = self.url(client.api.origin().at("/authorize"));
        let text = if client.output.is_json() { json!({ "url": url.as_str() }).to_string() } else { url.to_string() };
        client.output.print(&text);
        Ok(())
    }

    fn url(&self, mut url: Url) -> Url {
        let kind = if self.kind == Kind::User { "user" } else { "guild" };
        let optional = (!self.optional.is_empty()).then(|| self.optional.join(","));
        let more = [
            ("optional", optional),
            ("guild_id", self.guild.map(|guild| guild.to_string())),
            ("redirect_uri", self.redirect_uri.clone()),
            ("state", self.state.clone()),
        ];
        let more = more.into_iter().filter_map(|(name, value)| Some((name, value?)));
        url.query_pairs_mut()
            .append_pair("app_id", &self.app_id.to_string())
            .append_pair("type", kind)
            .append_pair("permissions", &self.permissions.join(","))
            .extend_pairs(more);
        url
    }
}
