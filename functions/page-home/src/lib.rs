//! `GET /`: signing in, and the account of one who has: who they are, what they manage, and which apps may act for them.

use shared::Context;
use shared::context::Need;
use shared::domain::{SubjectKind, UserState};
use shared::http::{self, ApiError, Bans, Caller, Endpoint, Request, Response, StatusCode, Visit};
use shared::pages::{AccountPage, AppBox, Choice, Frame, GuildChoice, Room, Shown};
use shared::store::Page;

/// This endpoint.
pub const ENDPOINT: Endpoint = Endpoint::page(
    env!("CARGO_PKG_NAME"),
    &[Need::Store, Need::Discord, Need::SealingKeys, Need::ClientSecret, Need::Permissions],
    |cx, req| Box::pin(handle(cx, req)),
);

/// So many of each fit on a page.
const MOST: usize = 50;

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = match cx.session(&req, Bans::Exempt).await {
        Ok(caller) => caller,
        Err(ApiError::NoAuthToken) => return cx.sign_in_page(&Visit::of(&req), StatusCode::OK),
        Err(error) => return Err(error),
    };

    let is_banned = caller.account.state == UserState::Banned;
    let guilds = if is_banned { None } else { guilds(cx, &req, &caller).await? };
    let apps = if is_banned { vec![] } else { apps(cx, &caller).await? };

    http::page(StatusCode::OK, &view(&caller, guilds, apps))
}

/// What the viewer manages; nothing while Discord cannot say.
async fn guilds(cx: &Context, req: &Request, caller: &Caller) -> Result<Option<Vec<GuildChoice>>, ApiError> {
    match cx.guild_list(req, caller.account.user_id, false).await {
        Ok(list) => {
            let managed = list.guilds.iter().filter(|guild| guild.may_be_managed());
            Ok(Some(managed.take(MOST).map(http::guild_choice).collect()))
        }
        Err(ApiError::DiscordUnavailable { .. } | ApiError::MissingScope { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn apps(cx: &Context, caller: &Caller) -> Result<Vec<(AppBox, Vec<Choice>)>, ApiError> {
    let (now, page) = (cx.clock.now(), Page { limit: MOST, after: None });
    let paged = cx.store()?.apps_of_user(caller.account.user_id, &page, now).await?;
    let entry = |(app, authorization)| {
        let mut choices = cx.choices(SubjectKind::User, Some(&authorization))?;
        choices.retain(|choice| choice.granted);
        Ok((AppBox::of(&app, now), choices))
    };
    paged.entries.into_iter().map(entry).collect()
}

fn view(caller: &Caller, guilds: Option<Vec<GuildChoice>>, apps: Vec<(AppBox, Vec<Choice>)>) -> AccountPage {
    let viewer = http::viewer(caller);
    let profile = caller.account.profile.as_ref();
    AccountPage {
        user_id: caller.account.user_id.to_string(),
        username: Shown::first(profile.map(|profile| profile.username.as_str()), "unknown"),
        name: viewer.name.clone(),
        avatar_url: viewer.avatar_url.clone(),
        is_banned: caller.account.state == UserState::Banned,
        guilds,
        apps,
        frame: Frame::of(viewer, Room::Account),
    }
}
