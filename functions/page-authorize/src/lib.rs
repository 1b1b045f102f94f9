//! `GET /authorize`: what an app asks for, in plain words, and the button that grants exactly that.

use shared::Context;
use shared::context::Need;
use shared::domain::{Authorization, Subject, UserId};
use shared::http::{self, ApiError, AuthorizeLink, Bans, Caller, Endpoint, Request, Response, StatusCode};
use shared::pages::{AppBox, Asked, AuthorizePage, CurrentEnd, CurrentGrant, Frame, Moment, Room, UserName};

/// This endpoint.
pub const ENDPOINT: Endpoint = Endpoint::page(
    env!("CARGO_PKG_NAME"),
    &[Need::Store, Need::Discord, Need::SignIn, Need::SealingKeys, Need::ClientSecret, Need::Permissions],
    |cx, req| Box::pin(handle(cx, req)),
);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let link = cx.authorize_link(&req)?;

    let (asked, subject) = asked(cx, &req, &caller, &link).await?;
    let (app, before) = cx.app_to_authorize(&caller, link.app_id, subject).await?;

    if let Some(view) = cx.authorized_page(&caller, &link, (&app, before.as_ref(), &asked))? {
        return http::page(StatusCode::OK, &view);
    }
    let (permissions, dropped) = cx.compared(&link, before.as_ref())?;
    let people = before.iter().map(|before| before.granted_by).chain([app.owner_id]).collect();
    let profiles = cx.store()?.profiles(&people).await?;
    let name = |user_id: UserId| UserName::of(user_id, profiles.get(&user_id));
    let view = AuthorizePage {
        frame: Frame::of(http::viewer(&caller), Room::Elsewhere),
        owner: UserName::unique(app.owner_id, profiles.get(&app.owner_id)),
        viewer: UserName::of(caller.account.user_id, caller.account.profile.as_ref()),
        here: http::this_page(&req).to_string(),
        current: before.as_ref().map(|before| current(cx, before, name(before.granted_by))),
        leads_to: link.leads_to(),
        app: AppBox::of(&app, cx.clock.now()),
        subject: asked,
        permissions,
        dropped,
        cancel: link.cancel(),
    };
    http::page(StatusCode::OK, &view)
}

/// What is replaced.
fn current(cx: &Context, before: &Authorization, granted_by: UserName) -> CurrentGrant {
    let now = cx.clock.now();
    CurrentGrant {
        granted_by,
        granted: Moment::seen(before.granted_at, now),
        expiry: before.expiry.map(|expiry| CurrentEnd::seen(expiry, now)),
    }
}

/// Of whom is asked: of the viewer, of the guild that the link or the viewer has chosen, or of one that is still to be chosen. A kept
/// list is good enough to choose from: who may grant is decided when it is granted.
async fn asked(
    cx: &Context,
    req: &Request,
    caller: &Caller,
    link: &AuthorizeLink,
) -> Result<(Asked, Option<Subject>), ApiError> {
    let user_id = caller.account.user_id;
    if link.is_for_user() {
        return Ok((link.of_viewer()?, Some(Subject::User(user_id))));
    }
    let guilds = cx.guild_list(req, user_id, false).await?.guilds;
    let managed = guilds.iter().filter(|guild| guild.may_be_managed());
    match link.guild_id {
        None => Ok((link.of_some_guild(managed.map(http::guild_choice).collect()), None)),
        Some(guild_id) => {
            let guild = guilds.iter().find(|guild| guild.id == guild_id).ok_or(ApiError::NotFound)?;
            if !guild.may_be_managed() {
                return Err(ApiError::MissingPermission);
            }
            Ok((link.of_guild(http::guild_choice(guild))?, Some(Subject::Guild(guild_id))))
        }
    }
}
