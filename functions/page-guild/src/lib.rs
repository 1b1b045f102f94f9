//! `GET /guilds/{guild_id}/manage`: the apps on a guild, for one who manages it.

use shared::Context;
use shared::config::Rated;
use shared::context::Need;
use shared::domain::{App, Authorization, GuildId, Profile, SubjectKind};
use shared::http::{self, ApiError, Bans, Caller, Endpoint, List, Query, Request, Response, StatusCode};
use shared::pages::{AppBox, AppOnGuild, CurrentEnd, Frame, GuildPage, Moment, OwnGrantsPage, Room, UserName};
use shared::store::{Page, Whom};

/// This endpoint.
pub const ENDPOINT: Endpoint = Endpoint::page(
    env!("CARGO_PKG_NAME"),
    &[Need::Store, Need::Discord, Need::SealingKeys, Need::ClientSecret, Need::Permissions],
    |cx, req| Box::pin(handle(cx, req)),
);

/// So many apps, each with all that it can be granted, fit on a page.
const MOST: usize = 20;
/// So many are read at once to find those of one granter.
const READ_AT_ONCE: usize = 100;

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let guild_id = http::path_id(&req, "guild_id")?;
    let list = List::AppsOnGuild(guild_id);
    let page = Page { limit: MOST, ..cx.page(&mut Query::of(&req, &["cursor"])?, list).await? };

    let user_id = caller.account.user_id;
    cx.count(Rated::DiscordAsk, &Whom::User(user_id)).await?;
    let guild = match cx.managed_guild(&req, user_id, guild_id).await {
        Err(error @ (ApiError::DiscordUnavailable { .. } | ApiError::MissingScope { .. })) => {
            return own_grants(cx, &caller, guild_id, error).await;
        }
        guild => guild?,
    };

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
        is_first: page.after.is_none(),
        next: cx.end_of_page(list, paged.next, paged.poison).await?,
    };
    http::page(StatusCode::OK, &view)
}

/// What the viewer granted on a guild, when Discord cannot say whether they manage it: that alone is theirs to see and to take back.
/// The error, if there is nothing.
async fn own_grants(cx: &Context, caller: &Caller, guild_id: GuildId, error: ApiError) -> Result<Response, ApiError> {
    let (user_id, now) = (caller.account.user_id, cx.clock.now());
    let mut page = Page { limit: READ_AT_ONCE, after: None };
    let mut own = Vec::new();
    loop {
        let paged = cx.store()?.apps_on_guild(guild_id, &page, now).await?;
        own.extend(paged.entries.into_iter().filter(|(_, authorization)| authorization.granted_by == user_id));
        page.after = paged.next;
        if page.after.is_none() {
            break;
        }
    }
    let Some(look) = own.iter().find_map(|(_, authorization)| authorization.guild.clone()) else { return Err(error) };
    let granter = caller.account.profile.as_ref();
    let apps = own.iter().map(|(app, authorization)| on_guild(cx, app, authorization, granter));
    let view = OwnGrantsPage {
        frame: Frame::of(http::viewer(caller), Room::Elsewhere),
        guild: http::kept_guild(guild_id, &look),
        apps: apps.collect::<Result<_, ApiError>>()?,
        sign_in_helps: matches!(error, ApiError::MissingScope { .. }),
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
