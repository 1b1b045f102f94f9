//! `GET /sessions/@me`: whose session this is.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use shared::Context;
use shared::context::Need;
use shared::domain::{Name, SessionId, SessionType, UserId, UserState};
use shared::http::{self, ApiError, Bans, Credential, Endpoint, Operation, Request, Response, StatusCode, Success};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store], |cx, req| Box::pin(handle(cx, req)));

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Get current session",
    Credential::Session(Bans::Exempt),
    &[Success::json::<Current>(StatusCode::OK, "The session and the state of its user.")],
);

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CurrentSession")]
struct Current {
    user_id: UserId,
    id: SessionId,
    state: UserState,
    r#type: SessionType,
    created_at: DateTime<Utc>,
    expiry: DateTime<Utc>,
    /// Name of the API token. Null for other types.
    name: Option<Name>,
}

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.session(&req, Bans::Exempt).await?;

    let current = Current {
        user_id: caller.account.user_id,
        id: caller.session.id,
        state: caller.account.state,
        r#type: caller.session.kind,
        created_at: caller.session.created_at,
        expiry: caller.session.expiry,
        name: caller.session.name,
    };
    http::json(StatusCode::OK, &current)
}
