//! `PUT /apps/{app_id}/guilds/{guild_id}`: one who manages a guild says what an app may do there.

use shared::Context;
use shared::config::Rated;
use shared::context::Need;
use shared::domain::{GuildLook, Subject, SubjectKind};
use shared::http::{
    self, ApiError, AuthorizationAnswer, Bans, Credential, Endpoint, GUILD_REFUSALS, Grant, GuildAnswer, Operation,
    Request, Response, StatusCode, Success,
};
use shared::store::Whom;

/// This endpoint.
pub const ENDPOINT: Endpoint = Endpoint::new(
    env!("CARGO_PKG_NAME"),
    &[Need::Store, Need::Discord, Need::SealingKeys, Need::ClientSecret, Need::Permissions],
    |cx, req| Box::pin(handle(cx, req)),
);

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Authorize an app on a guild",
    Credential::Login,
    &[
        Success::json::<AuthorizationAnswer<GuildAnswer>>(StatusCode::OK, "Authorization replaced."),
        Success::json::<AuthorizationAnswer<GuildAnswer>>(StatusCode::CREATED, "Authorization created."),
    ],
)
.body::<Grant>()
.errors(GUILD_REFUSALS);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let granted = cx.granted(&req, SubjectKind::Guild)?;
    let (app_id, guild_id) = (http::path_id(&req, "app_id")?, http::path_id(&req, "guild_id")?);
    let (user_id, subject) = (caller.account.user_id, Subject::Guild(guild_id));

    let (_, before) = cx.app_to_authorize(&caller, app_id, Some(subject)).await?;
    cx.count(Rated::AppWrite, &Whom::User(user_id)).await?;
    let guild = cx.managed_guild(&req, user_id, guild_id).await?;

    let look = GuildLook { name: guild.name, icon: guild.icon };
    cx.authorize(&caller, (app_id, subject), granted, Some(look), before.is_some()).await
}
