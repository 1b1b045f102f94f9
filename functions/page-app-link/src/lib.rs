//! `GET /portal/{app_id}/link`: makes an authorization link for an app of the viewer's, and shows which guilds authorized it.

use shared::Context;
use shared::context::Need;
use shared::domain::{Authorization, GuildLook, Subject, SubjectKind, icon_url};
use shared::http::{self, ApiError, Bans, Endpoint, List, Query, Request, Response, StatusCode};
use shared::pages::{AppBox, AuthorizedGuild, Frame, LinkPage, Moment, Room, Shown};
use shared::store::Page;

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::page(env!("CARGO_PKG_NAME"), &[Need::Store, Need::SealingKeys, Need::Permissions], |cx, req| {
        Box::pin(handle(cx, req))
    });

/// So many guilds fit on a page.
const MOST: usize = 100;

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let app_id = http::path_id(&req, "app_id")?;
    let list = List::GuildsOfApp(app_id);
    let page = Page { limit: MOST, ..cx.page(&mut Query::of(&req, &["cursor"])?, list).await? };

    let app = cx.own_app(&caller, app_id).await?.app;

    let now = cx.clock.now();
    let paged = cx.store()?.guilds_of_app(app_id, &page, now).await?;
    let guilds = paged.entries.into_iter().filter_map(|entry| guild(cx, entry).transpose());
    let view = LinkPage {
        frame: Frame::of(http::viewer(&caller), Room::Portal),
        app: AppBox::of(&app, now),
        origin: cx.origin(&req)?,
        for_guilds: cx.choices(SubjectKind::Guild, None)?,
        for_users: cx.choices(SubjectKind::User, None)?,
        guilds: guilds.collect::<Result<_, ApiError>>()?,
        is_first: page.after.is_none(),
        next: cx.end_of_page(list, paged.next, paged.poison).await?,
    };
    http::page(StatusCode::OK, &view)
}

fn guild(cx: &Context, authorization: Authorization) -> Result<Option<AuthorizedGuild>, ApiError> {
    let permissions = cx.effective(&authorization)?;
    let Subject::Guild(id) = authorization.subject else { return Ok(None) };
    let look = authorization.guild.unwrap_or_else(|| GuildLook { name: id.to_string(), icon: None });
    Ok(Some(AuthorizedGuild {
        id: id.to_string(),
        icon_url: icon_url(id, look.icon.as_deref(), None),
        name: Shown::first([look.name.as_str()], "Unnamed server"),
        permissions: permissions.names().map(str::to_owned).collect(),
        expiry: authorization.expiry.map(|expiry| Moment::seen(expiry, cx.clock.now())),
    }))
}
