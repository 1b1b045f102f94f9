//! `GET /guilds/{guild_id}/manage`: the apps on a guild, for one who manages it.

use shared::Context;
use shared::config::Rated;
use shared::context::Need;
use shared::domain::{App, Authorization, Profile, SubjectKind};
use shared::http::{self, ApiError, Bans, Endpoint, List, Query, Request, Response, StatusCode};
use shared::pages::{AppBox, AppOnGuild, CurrentEnd, Frame, GuildPage, Moment, Room, UserName};
use shared::store::{Page, Whom};

/// This endpoint.
pub const ENDPOINT: Endpoint = Endpoint::page(
    env!("CARGO_PKG_NAME"),
    &[Need::Store, Need::Discord, Need::SealingKeys, Need::ClientSecret, Need::Permissions],
    |cx, req| Box::pin(handle(cx, req)),
);

/// So many apps, each with all that it can be granted, fit on a page.
const MOST: usize = 20;

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let guild_id = http::path_id(&req, "guild_id")?;
    let list = List::AppsOnGuild(guild_id);
    let page = Page { limit: MOST, ..cx.page(&mut Query::of(&req, &["cursor"])?, list).await? };

    let user_id = caller.account.user_id;
    cx.count(Rated::DiscordAsk, &Whom::User(user_id)).await?;
    let guild = cx.managed_guild(&req, user_id, guild_id).await?;

    let now = cx.clock.now();
    let paged = cx.store()?.apps_on_guild(guild_id, &page, now).await?;
    let granters = paged.entries.iter().map(|(_, authorization)| authorization.granted_by).collect();
    let profiles = cx.store()?.profiles(&granters).await?;
    let apps = paged
        .entries
        .iter()
        .map(|(app, authorization)| on_guild(cx, app, authorization, profiles.get(&authorization.granted_by)));
    let view = GuildPage {
        frame: Frame::of(http::viewer(&caller), Room::Elsewhere),
        guild: http::guild_choice(&guild),
        apps: apps.collect::<Result<_, ApiError>>()?,
        next: cx.end_of_page(list, paged.next, paged.poison).await?,
    };
    http::page(StatusCode::OK, &view)
}

fn on_guild(
    cx: &Context,
    app: &App,
    authorization: &Authorization,
    granter: Option<&Profile>,
) -> Result<AppOnGuild, ApiError> {
    let now = cx.clock.now();
    Ok(AppOnGuild {
        app: AppBox::of(app, now),
        choices: cx.choices(SubjectKind::Guild, Some(authorization))?,
        granted_by: UserName::of(authorization.granted_by, granter),
        granted: Moment::seen(authorization.granted_at, now),
        expiry: authorization.expiry.map(|expiry| CurrentEnd::seen(expiry, now)),
    })
}
