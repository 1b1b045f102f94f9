//! `DELETE /guilds/{guild_id}/authorizations`: takes back all that apps may do on a guild.

use shared::Context;
use shared::config::Rated;
use shared::context::Need;
use shared::http::{
    self, ApiError, Bans, Credential, Endpoint, GUILD_REFUSALS, Operation, Request, Response, StatusCode, Success,
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
    "Revoke all guild authorizations",
    Credential::Login,
    &[Success::empty(StatusCode::NO_CONTENT, "All authorizations on the guild revoked.")],
)
.errors(GUILD_REFUSALS);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let guild_id = http::path_id(&req, "guild_id")?;
    http::no_body(&req)?;

    let user_id = caller.account.user_id;
    cx.count(Rated::AppWrite, &Whom::User(user_id)).await?;
    cx.managed_guild(&req, user_id, guild_id).await?;

    cx.store()?.delete_authorizations_on(guild_id, &caller.account).await?;

    Ok(http::no_content())
}
