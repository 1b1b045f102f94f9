//! `GET /guilds/{guild_id}/authorizations`: the apps on a guild, for one who manages it.

use shared::Context;
use shared::config::Rated;
use shared::context::Need;
use shared::http::{
    self, ApiError, AuthorizedApps, Bans, CURSOR, Credential, Endpoint, GUILD_REFUSALS, GuildAnswer, LIMIT, List,
    Operation, Query, Request, Response, StatusCode, Success,
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
    "List guild authorizations",
    Credential::Session(Bans::Refuse),
    &[Success::json::<AuthorizedApps<GuildAnswer>>(StatusCode::OK, "A page of authorizations.")],
)
.query(&[LIMIT, CURSOR])
.errors(GUILD_REFUSALS);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.session(&req, Bans::Refuse).await?;

    let guild_id = http::path_id(&req, "guild_id")?;
    let list = List::AppsOnGuild(guild_id);
    let page = cx.page(&mut Query::of(&req, &["limit", "cursor"])?, list).await?;

    let user_id = caller.account.user_id;
    cx.count(Rated::DiscordAsk, &Whom::User(user_id)).await?;
    cx.managed_guild(&req, user_id, guild_id).await?;

    let paged = cx.store()?.apps_on_guild(guild_id, &page, cx.clock.now()).await?;
    http::json(StatusCode::OK, &cx.authorized_apps(list, paged).await?)
}
