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
    "Says who the caller is.",
    Credential::Session(Bans::Refuse),
    &[Success::json::<User>(StatusCode::OK, "The user, as Discord said when they signed in, or now with `refresh`.")],
)
.query(&[Parameter::of::<bool>("refresh", "Whether to ask Discord now, whatever is kept.")])
.errors(&[ErrorCode::RateLimited, ErrorCode::MissingScope, ErrorCode::DiscordUnavailable]);

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "User")]
struct User {
    id: UserId,
    /// Their unique name.
    #[schemars(example = &"anna")]
    username: String,
    /// The name they show; null when they show their unique name.
    #[schemars(example = &"Anna")]
    global_name: Option<String>,
    /// Hash of their avatar; null when they have Discord's default one.
    #[schemars(example = &"a_8342729096ea3675442027381ff50dfe")]
    avatar: Option<String>,
    /// Of their avatar, or of the default one.
    #[schemars(
        url,
        example = &"https://cdn.discordapp.com/avatars/158908186768937126/a_8342729096ea3675442027381ff50dfe.gif"
    )]
    avatar_url: String,
    state: UserState,
    /// Their email address at Discord; there if they have one and have granted `email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", example = &"anna@example.com")]
    email: Option<String>,
    /// Whether Discord has verified the address; there with it.
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
