//! `GET /users/@me`: who the caller is.

use schemars::JsonSchema;
use serde::Serialize;
use shared::Context;
use shared::config::Rated;
use shared::context::Need;
use shared::domain::{Email, Profile, UserId, UserState};
use shared::http::{
    self, ApiError, Bans, Credential, Endpoint, ErrorCode, Operation, Parameter, Query, Request, Response, StatusCode,
    Success,
};
use shared::store::Whom;

/// This endpoint.
pub const ENDPOINT: Endpoint = Endpoint::new(
    env!("CARGO_PKG_NAME"),
    &[Need::Store, Need::Discord, Need::SealingKeys, Need::ClientSecret],
    |cx, req| Box::pin(handle(cx, req)),
);

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Get current user",
    Credential::Session(Bans::Refuse),
    &[Success::json::<User>(StatusCode::OK, "The user as of the last sign-in, or current with `refresh`.")],
)
.query(&[Parameter::of::<bool>("refresh", "Fetch from Discord now instead of using the cache.")])
.errors(&[ErrorCode::RateLimited, ErrorCode::MissingScope, ErrorCode::DiscordUnavailable]);

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "User")]
struct User {
    id: UserId,
    /// The unique username.
    #[schemars(example = &"anna")]
    username: String,
    /// The display name. Null if the user has none.
    #[schemars(example = &"Anna")]
    global_name: Option<String>,
    /// Hash of the avatar. Null for a default avatar.
    #[schemars(example = &"a_8342729096ea3675442027381ff50dfe")]
    avatar: Option<String>,
    /// URL of the avatar or the default avatar.
    #[schemars(
        url,
        example = &"https://cdn.discordapp.com/avatars/158908186768937126/a_8342729096ea3675442027381ff50dfe.gif"
    )]
    avatar_url: String,
    state: UserState,
    /// The email address at Discord. Only if the user has one and granted the `email` scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", example = &"anna@example.com")]
    email: Option<String>,
    /// Whether Discord has verified the email address. Only together with `email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool", example = true)]
    email_verified: Option<bool>,
}

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.session(&req, Bans::Refuse).await?;

    let refresh = Query::of(&req, &["refresh"])?.flag("refresh")?;

    let profile = match caller.account.profile {
        Some(profile) if !refresh => profile,
        _ => refreshed(cx, &req, caller.account.user_id).await?,
    };

    let avatar_url = profile.avatar_url(None);
    let Profile { id, username, global_name, avatar, email, .. } = profile;
    let (state, email_verified) = (caller.account.state, email.as_ref().map(Email::is_verified));
    let email = email.map(|email| email.reveal().to_owned());
    http::json(StatusCode::OK, &User { id, username, global_name, avatar, avatar_url, state, email, email_verified })
}

/// Who Discord says they are now; kept in place of what it said before.
async fn refreshed(cx: &Context, req: &Request, user_id: UserId) -> Result<Profile, ApiError> {
    cx.count(Rated::DiscordAsk, &Whom::User(user_id)).await?;
    let profile = cx.as_user(req, user_id, "identify").await?.profile().await?;
    cx.store()?.update_profile(user_id, &profile).await?;
    Ok(profile)
}
