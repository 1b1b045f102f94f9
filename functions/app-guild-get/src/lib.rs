//! `GET /app/guilds/{guild_id}`: what the app may do on a guild, by one strongly consistent read.

use shared::Context;
use shared::context::Need;
use shared::domain::Subject;
use shared::http::{
    self, ApiError, Credential, Endpoint, ErrorCode, GuildAnswer, Operation, Request, Response, StatusCode, Success,
    WhatItMay,
};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::AppStore, Need::Permissions], |cx, req| Box::pin(handle(cx, req)));

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Get the app's permissions on a guild",
    Credential::App,
    &[Success::json::<WhatItMay<GuildAnswer>>(StatusCode::OK, "Permissions (at least one).")],
)
.errors(&[ErrorCode::NotFound]);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let subject = http::path_id(&req, "guild_id").map(Subject::Guild);
    let (kept, subject, authorization) = cx.app_about(&req, subject).await?;

    cx.what_it_may(&req, (&kept.app, subject), authorization)
}
