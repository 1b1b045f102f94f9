//! `GET /app`: who the app is, and which guilds authorized it, page by page.

use chrono::{DateTime, Utc};
use serde::Serialize;
use shared::Context;
use shared::context::Need;
use shared::domain::{Authorization, GuildId, Permissions, Subject, icon_url};
use shared::http::{self, ApiError, AppAnswer, Endpoint, List, Query, Request, Response, StatusCode};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::AppStore, Need::Secrets, Need::Permissions], |cx, req| {
        Box::pin(handle(cx, req))
    });

#[derive(Serialize)]
struct Answer {
    app: AppAnswer,
    authorized_guilds: Vec<Guild>,
    next: Option<String>,
}

#[derive(Serialize)]
struct Guild {
    guild_id: GuildId,
    permissions: Permissions,
    expiry: Option<DateTime<Utc>>,
    #[serde(flatten)]
    look: Option<Look>,
}

#[derive(Serialize)]
struct Look {
    name: String,
    icon_url: Option<String>,
}

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let kept = cx.app(&req).await?;

    let list = List::GuildsOfApp(kept.app.id);
    let mut query = Query::of(&req, &["withGuildNames", "limit", "cursor"])?;
    let with_names = query.flag("withGuildNames")?;
    let page = cx.page(&mut query, list).await?;

    let paged = cx.store()?.guilds_of_app(kept.app.id, &page, cx.clock.now()).await?;

    let next = cx.end_of_page(list, paged.next, paged.poison).await?;
    let guilds = paged.entries.into_iter().filter_map(|entry| guild(cx, entry, with_names).transpose());
    let authorized_guilds = guilds.collect::<Result<_, _>>()?;
    http::json(StatusCode::OK, &Answer { app: AppAnswer::whole(kept.app), authorized_guilds, next })
}

/// Nothing for a guild where the app may do nothing any more.
fn guild(cx: &Context, authorization: Authorization, with_names: bool) -> Result<Option<Guild>, ApiError> {
    let permissions = cx.effective(&authorization)?;
    let Subject::Guild(guild_id) = authorization.subject else { return Ok(None) };
    let look = authorization
        .guild
        .filter(|_| with_names)
        .map(|look| Look { icon_url: icon_url(guild_id, look.icon.as_deref(), None), name: look.name });
    let guild = Guild { guild_id, permissions, expiry: authorization.expiry, look };
    Ok(Some(guild).filter(|guild| !guild.permissions.is_empty()))
}
