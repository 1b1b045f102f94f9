//! `DELETE /apps/{app_id}/guilds/{guild_id}`: takes an app's authorization on a guild back.

use shared::Context;
use shared::config::Rated;
use shared::context::Need;
use shared::domain::Subject;
use shared::http::{
    self, ApiError, Bans, Credential, Endpoint, GUILD_REFUSALS, Operation, Request, Response, StatusCode, Success,
};
use shared::store::{TakenBack, Whom};

/// This endpoint.
pub const ENDPOINT: Endpoint = Endpoint::new(
    env!("CARGO_PKG_NAME"),
    &[Need::Store, Need::Discord, Need::SealingKeys, Need::ClientSecret],
    |cx, req| Box::pin(handle(cx, req)),
);

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Revoke a guild authorization",
    Credential::Login,
    &[Success::empty(StatusCode::NO_CONTENT, "Authorization revoked.")],
)
.errors(GUILD_REFUSALS);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let (app_id, guild_id) = (http::path_id(&req, "app_id")?, http::path_id(&req, "guild_id")?);
    http::no_body(&req)?;
    let (account, subject) = (&caller.account, Subject::Guild(guild_id));

    cx.count(Rated::AppWrite, &Whom::User(account.user_id)).await?;
    let (store, now) = (cx.store()?, cx.clock.now());
    // Whoever granted it may, also when Discord is down; for everybody else Discord decides.
    if !store.take_back(account, app_id, subject, TakenBack::ByGranter, now).await? {
        cx.managed_guild(&req, account.user_id, guild_id).await?;
        if !store.take_back(account, app_id, subject, TakenBack::ByRight, now).await? {
            return Err(ApiError::NotFound);
        }
    }

    Ok(http::no_content())
}
