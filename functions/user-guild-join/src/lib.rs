//! `PUT /users/@me/guilds/{guild_id}`: adds the caller to a guild, by our bot's hand.

use shared::Context;
use shared::config::Rated;
use shared::context::Need;
use shared::discord::{Error, Joined, Member, Refusal};
use shared::domain::GuildId;
use shared::http::{
    self, ApiError, Bans, Credential, Endpoint, ErrorCode, Operation, Request, Response, StatusCode, Success,
};
use shared::store::Whom;

/// This endpoint.
pub const ENDPOINT: Endpoint = Endpoint::new(
    env!("CARGO_PKG_NAME"),
    &[Need::Store, Need::Discord, Need::SealingKeys, Need::ClientSecret, Need::BotToken, Need::JoinGuilds],
    |cx, req| Box::pin(handle(cx, req)),
);

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Add current user to a guild",
    Credential::Login,
    &[
        Success::empty(StatusCode::CREATED, "User added."),
        Success::empty(StatusCode::NO_CONTENT, "The user is already a member."),
    ],
)
.errors(&[
    ErrorCode::NotFound,
    ErrorCode::MissingScope,
    ErrorCode::Conflict,
    ErrorCode::RateLimited,
    ErrorCode::DiscordUnavailable,
]);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let guild_id: GuildId = http::path_id(&req, "guild_id")?;
    http::no_body(&req)?;
    let user_id = caller.account.user_id;

    // The bot acts with the operator's authority, so the operator says on what.
    if !cx.join_guilds()?.contains(guild_id) {
        return Err(ApiError::Restricted("This service cannot add users to this guild."));
    }
    let bot = cx.bot_token().await?;
    let Some(bot) = &*bot else { return Err(ApiError::Restricted("This service has no bot that can add you.")) };
    cx.count(Rated::DiscordAsk, &Whom::User(user_id)).await?;
    let user = cx.as_user(&req, user_id, "guilds.join").await?;
    let answer = user.discord.add_member(bot, guild_id, user_id, &user.token, &Member::default()).await;
    match answer {
        Ok(joined) => {
            // Also of one who was in it already: the request before may have come so far and no further.
            cx.store()?.forget_guilds(user_id).await?;
            Ok(if joined == Joined::Now { http::created() } else { http::no_content() })
        }
        Err(Error::Refused { refusal: Refusal::BANNED, .. }) => {
            Err(ApiError::Restricted("You are banned from this guild."))
        }
        Err(Error::Refused { refusal: Refusal::GUILD_LIMIT, .. }) => {
            Err(ApiError::Conflict("You have reached Discord's guild limit. Leave a guild and try again."))
        }
        Err(Error::Refused {
            refusal: Refusal::UNKNOWN_GUILD | Refusal::BOT_NOT_IN_GUILD | Refusal::BOT_MAY_NOT_INVITE,
            ..
        }) => Err(ApiError::NotFound),
        Err(error) => user.heed(Err(error)).await,
    }
}
