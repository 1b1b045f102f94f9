//! `GET /app`: who the app is, and which guilds authorized it, page by page.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use shared::Context;
use shared::context::Need;
use shared::domain::{Authorization, GuildId, Permissions, Subject, icon_url};
use shared::http::{
    self, ApiError, AppAnswer, CURSOR, Credential, EXAMPLE_CURSOR, Endpoint, LIMIT, List, Operation, Parameter, Query,
    Request, Response, StatusCode, Success,
};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::AppStore, Need::SealingKeys, Need::Permissions], |cx, req| {
        Box::pin(handle(cx, req))
    });

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Get the current app and its guilds",
    Credential::App,
    &[Success::json::<Answer>(StatusCode::OK, "The app and a page of the guilds that authorized it.")],
)
.query(&[Parameter::of::<bool>("withGuildNames", "Include the name and icon of each guild."), LIMIT, CURSOR]);

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppSelf")]
struct Answer {
    app: AppAnswer,
    authorized_guilds: Vec<Guild>,
    /// The `cursor` of the next page. Null on the last page.
    #[schemars(example = EXAMPLE_CURSOR)]
    next: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuthorizedGuild")]
struct Guild {
    guild_id: GuildId,
    permissions: Permissions,
    expiry: Option<DateTime<Utc>>,
    #[serde(flatten)]
    look: Option<Look>,
}

#[derive(Serialize, JsonSchema)]
struct Look {
    /// Only with `withGuildNames`.
    #[schemars(example = &"Lighthouse")]
    name: String,
    /// Only with `withGuildNames`. Null if the guild has no icon.
    #[schemars(
        url,
        example = &"https://cdn.discordapp.com/icons/272120529715212344/f78426a064bc9dd24847519259bc42af.png"
    )]
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
