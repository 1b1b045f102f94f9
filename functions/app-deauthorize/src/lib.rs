//! `POST /app/deauthorize`: the app gives an authorization back.

use shared::Context;
use shared::context::Need;
use shared::domain::{GuildId, Subject, UserId};
use shared::http::{
    self, ApiError, Credential, Endpoint, ErrorCode, Operation, Parameter, Query, Request, Response, StatusCode,
    SubjectAnswer, Success,
};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::AppStore], |cx, req| Box::pin(handle(cx, req)));

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Deauthorize the app",
    Credential::App,
    &[Success::json::<SubjectAnswer>(StatusCode::OK, "Authorization removed. The guild or user it was for.")],
)
.query(&[
    Parameter::of::<GuildId>("guildId", "The guild. Exactly one of `guildId` and `userId` is required."),
    Parameter::of::<UserId>("userId", "The user. Exactly one of `guildId` and `userId` is required."),
])
.errors(&[ErrorCode::NotFound]);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let app = cx.app(&req).await?;

    let subject = subject(&req)?;
    http::no_body(&req)?;

    if !cx.store()?.give_back(&app, subject, cx.clock.now()).await? {
        return Err(ApiError::NotFound);
    }

    http::json(StatusCode::OK, &SubjectAnswer::from(subject))
}

fn subject(req: &Request) -> Result<Subject, ApiError> {
    let mut query = Query::of(req, &["guildId", "userId"])?;
    match (query.take::<GuildId>("guildId")?, query.take::<UserId>("userId")?) {
        (Some(guild_id), None) => Ok(Subject::Guild(guild_id)),
        (None, Some(user_id)) => Ok(Subject::User(user_id)),
        (Some(_), Some(_)) => Err(ApiError::field("userId", "cannot be given together with `guildId`")),
        (None, None) => Err(ApiError::field("guildId", "or `userId` is required")),
    }
}
