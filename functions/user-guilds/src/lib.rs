//! `GET /users/@me/guilds`: the caller's guilds, kept for five minutes.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use shared::Context;
use shared::context::Need;
use shared::domain::{DiscordPermissions, GuildId, PartialGuild, icon_url};
use shared::http::{
    self, ApiError, Bans, Credential, Endpoint, ErrorCode, Operation, Parameter, Query, Request, Response, StatusCode,
    Success,
};

/// This endpoint.
pub const ENDPOINT: Endpoint = Endpoint::new(
    env!("CARGO_PKG_NAME"),
    &[Need::Store, Need::Discord, Need::SealingKeys, Need::ClientSecret],
    |cx, req| Box::pin(handle(cx, req)),
);

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "List current user guilds",
    Credential::Session(Bans::Refuse),
    &[Success::json::<List>(
        StatusCode::OK,
        "The guilds, cached for 5 minutes. `stale` if Discord could not be reached for a newer list.",
    )],
)
.query(&[Parameter::of::<bool>("refresh", "Fetch from Discord now instead of using the cache.")])
.errors(&[ErrorCode::RateLimited, ErrorCode::MissingScope, ErrorCode::DiscordUnavailable]);

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "GuildList")]
struct List {
    guilds: Vec<Guild>,
    /// When the list was fetched from Discord.
    fetched_at: DateTime<Utc>,
    /// Whether a newer list was due and Discord could not be reached.
    stale: bool,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Guild")]
struct Guild {
    id: GuildId,
    #[schemars(example = &"Lighthouse")]
    name: String,
    /// Hash of the icon. Null if the guild has none.
    #[schemars(example = &"f78426a064bc9dd24847519259bc42af")]
    icon: Option<String>,
    #[schemars(
        url,
        example = &"https://cdn.discordapp.com/icons/272120529715212344/f78426a064bc9dd24847519259bc42af.png"
    )]
    icon_url: Option<String>,
    /// The user's guild-level permissions, as Discord's permission bits.
    permissions: DiscordPermissions,
    /// Whether the user owns the guild.
    #[schemars(example = true)]
    owner: bool,
}

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.session(&req, Bans::Refuse).await?;

    let refresh = Query::of(&req, &["refresh"])?.flag("refresh")?;

    let list = cx.guild_list(&req, caller.account.user_id, refresh).await?;

    let guilds = list.guilds.into_iter().map(guild).collect();
    http::json(StatusCode::OK, &List { guilds, fetched_at: list.fetched_at, stale: list.stale })
}

fn guild(guild: PartialGuild) -> Guild {
    let icon_url = icon_url(guild.id, guild.icon.as_deref(), None);
    let PartialGuild { id, name, icon, owner, permissions } = guild;
    Guild { id, name, icon, icon_url, permissions, owner }
}
