//! `GET /users/@me/connections`: the caller's accounts elsewhere, as Discord says now.

use schemars::JsonSchema;
use serde::Serialize;
use shared::Context;
use shared::config::Rated;
use shared::context::Need;
use shared::domain::Connection;
use shared::http::{
    self, ApiError, Bans, Credential, Endpoint, ErrorCode, Operation, Request, Response, StatusCode, Success,
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
    "List current user connections",
    Credential::Session(Bans::Refuse),
    &[Success::json::<List>(StatusCode::OK, "The linked accounts, as Discord reports them now.")],
)
.errors(&[ErrorCode::RateLimited, ErrorCode::MissingScope, ErrorCode::DiscordUnavailable]);

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ConnectionList")]
struct List {
    connections: Vec<Connection>,
}

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.session(&req, Bans::Refuse).await?;

    cx.count(Rated::DiscordAsk, &Whom::User(caller.account.user_id)).await?;
    let user = cx.as_user(&req, caller.account.user_id, "connections").await?;
    let answer = user.discord.connections(&user.token).await;
    let connections = user.heed(answer).await?;

    http::json(StatusCode::OK, &List { connections })
}
