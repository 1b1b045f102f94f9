//! `GET /users/@me`: who the caller is.

use serde::Serialize;
use shared::Context;
use shared::config::Rated;
use shared::context::Need;
use shared::domain::{Profile, UserId, UserState, avatar_url};
use shared::http::{self, ApiError, Bans, Endpoint, Query, Request, Response, StatusCode};
use shared::store::Whom;

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store, Need::Discord, Need::Secrets], |cx, req| {
        Box::pin(handle(cx, req))
    });

#[derive(Serialize)]
struct User {
    id: UserId,
    username: String,
    global_name: Option<String>,
    avatar: Option<String>,
    avatar_url: String,
    state: UserState,
}

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.session(&req, Bans::Refuse).await?;

    let refresh = Query::of(&req, &["refresh"])?.flag("refresh")?;

    let profile = match caller.account.profile {
        Some(profile) if !refresh => profile,
        _ => refreshed(cx, &req, caller.account.user_id).await?,
    };

    let avatar_url = avatar_url(profile.id, profile.avatar.as_deref(), None);
    let Profile { id, username, global_name, avatar } = profile;
    http::json(StatusCode::OK, &User { id, username, global_name, avatar, avatar_url, state: caller.account.state })
}

/// Who Discord says they are now; kept in place of what it said before.
async fn refreshed(cx: &Context, req: &Request, user_id: UserId) -> Result<Profile, ApiError> {
    cx.count(Rated::DiscordAsk, &Whom::User(user_id)).await?;
    let user = cx.as_user(req, user_id, "identify").await?;
    let answer = user.discord.identify(&user.token).await;
    let profile = user.heed(answer).await?;
    cx.store()?.update_profile(&profile).await?;
    Ok(profile)
}
