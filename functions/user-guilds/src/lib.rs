//! `GET /users/@me/guilds`: the caller's guilds, kept for five minutes.

use chrono::{DateTime, Utc};
use serde::Serialize;
use shared::Context;
use shared::context::Need;
use shared::domain::{DiscordPermissions, GuildId, PartialGuild, icon_url};
use shared::http::{self, ApiError, Bans, Endpoint, Query, Request, Response, StatusCode};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store, Need::Discord, Need::Secrets], |cx, req| {
        Box::pin(handle(cx, req))
    });

#[derive(Serialize)]
struct List {
    guilds: Vec<Guild>,
    fetched_at: DateTime<Utc>,
    stale: bool,
}

#[derive(Serialize)]
struct Guild {
    id: GuildId,
    name: String,
    icon: Option<String>,
    icon_url: Option<String>,
    permissions: DiscordPermissions,
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
