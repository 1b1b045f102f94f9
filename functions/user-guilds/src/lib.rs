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
    "Lists the caller's guilds, which are kept for five minutes.",
    Credential::Session(Bans::Refuse),
    &[Success::json::<List>(
        StatusCode::OK,
        "The guilds; `stale` if there should be a newer list and Discord could not be asked.",
    )],
)
.query(&[Parameter::of::<bool>("refresh", "Whether to ask Discord now, whatever is kept.")])
.errors(&[ErrorCode::RateLimited, ErrorCode::MissingScope, ErrorCode::DiscordUnavailable]);

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "GuildList")]
struct List {
    guilds: Vec<Guild>,
    /// When Discord said so.
    fetched_at: DateTime<Utc>,
    /// Whether there should be a newer list, and Discord could not be asked.
    stale: bool,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Guild")]
struct Guild {
    id: GuildId,
    #[schemars(example = &"Lighthouse")]
    name: String,
    /// Hash of its icon; null when it has none.
    #[schemars(example = &"f78426a064bc9dd24847519259bc42af")]
    icon: Option<String>,
    #[schemars(
        url,
        example = &"https://cdn.discordapp.com/icons/272120529715212344/f78426a064bc9dd24847519259bc42af.png"
    )]
    icon_url: Option<String>,
    /// What the user may do in it, channels apart: Discord's bits.
    permissions: DiscordPermissions,
    /// Whether the user owns it.
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
