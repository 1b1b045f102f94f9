//! `GET /`: signing in, and the account of one who has: who they are, what they manage, and which apps may act for them.

use shared::Context;
use shared::context::Need;
use shared::domain::{SubjectKind, UserState};
use shared::http::{self, ApiError, Bans, Caller, Endpoint, List, Query, Request, Response, StatusCode, Visit};
use shared::pages::{AccountPage, AppBox, Choice, Frame, ManagedGuilds, Room, Shown};
use shared::store::Page;

/// This endpoint.
pub const ENDPOINT: Endpoint = Endpoint::page(
    env!("CARGO_PKG_NAME"),
    &[Need::Store, Need::Discord, Need::SealingKeys, Need::ClientSecret, Need::Permissions],
    |cx, req| Box::pin(handle(cx, req)),
);

/// So many apps, each with what it may do, fit on a page.
const MOST_APPS: usize = 50;

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = match cx.session(&req, Bans::Exempt).await {
        Ok(caller) => caller,
        Err(ApiError::NoAuthToken) => return cx.sign_in_page(&Visit::of(&req), StatusCode::OK),
        Err(error) => return Err(error),
    };

    let is_banned = caller.account.state == UserState::Banned;
    let (guilds, apps) = match is_banned {
        true => (ManagedGuilds::NotConnected, SomeApps { apps: vec![], is_first: true, next: None }),
        false => (guilds(cx, &req, &caller).await?, apps(cx, &req, &caller).await?),
    };

    http::page(StatusCode::OK, &view(&caller, guilds, apps))
}

/// All that the viewer manages: Discord lets nobody be in more than 200 guilds.
async fn guilds(cx: &Context, req: &Request, caller: &Caller) -> Result<ManagedGuilds, ApiError> {
    match cx.guild_list(req, caller.account.user_id, false).await {
        Ok(list) => {
            let managed = list.guilds.iter().filter(|guild| guild.may_be_managed());
            Ok(ManagedGuilds::Known(managed.map(http::guild_choice).collect()))
        }
        Err(ApiError::DiscordUnavailable { .. }) => Ok(ManagedGuilds::Unreachable),
        Err(ApiError::MissingScope { .. }) => Ok(ManagedGuilds::NotConnected),
        Err(error) => Err(error),
    }
}

/// A page of the apps that may act for the viewer.
struct SomeApps {
    apps: Vec<(AppBox, Vec<Choice>)>,
    is_first: bool,
    next: Option<String>,
}

async fn apps(cx: &Context, req: &Request, caller: &Caller) -> Result<SomeApps, ApiError> {
    let (now, user_id) = (cx.clock.now(), caller.account.user_id);
    let list = List::AppsOfUser(user_id);
    let page = Page { limit: MOST_APPS, ..cx.page(&mut Query::of(req, &["cursor"])?, list).await? };
    let paged = cx.store()?.apps_of_user(user_id, &page, now).await?;
    let entry = |(app, authorization)| {
        let mut choices = cx.choices(SubjectKind::User, Some(&authorization))?;
        choices.retain(|choice| choice.granted);
        Ok((AppBox::of(&app, now), choices))
    };
    let apps = paged.entries.into_iter().map(entry).collect::<Result<_, ApiError>>()?;
    let next = cx.end_of_page(list, paged.next, paged.poison).await?;
    Ok(SomeApps { apps, is_first: page.after.is_none(), next })
}

fn view(caller: &Caller, guilds: ManagedGuilds, SomeApps { apps, is_first, next }: SomeApps) -> AccountPage {
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
        is_first,
        next,
        frame: Frame::of(viewer, Room::Account),
    }
}
