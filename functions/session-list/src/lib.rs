//! `GET /sessions`: a page of the caller's live sessions, newest first, never a token.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use shared::Context;
use shared::context::Need;
use shared::domain::{Name, Session, SessionId, SessionType, UserAgent, UserId};
use shared::http::{
    self, ApiError, Bans, CURSOR, Credential, EXAMPLE_CURSOR, Endpoint, LIMIT, List, Operation, Query, Request,
    Response, StatusCode, Success,
};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store, Need::SealingKeys], |cx, req| Box::pin(handle(cx, req)));

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "List sessions",
    Credential::Session(Bans::Exempt),
    &[Success::json::<Answer>(StatusCode::OK, "A page of active sessions, newest first. Tokens are not included.")],
)
.query(&[LIMIT, CURSOR]);

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SessionList")]
struct Answer {
    sessions: Vec<Entry>,
    /// The `cursor` of the next page. Null on the last page.
    #[schemars(example = EXAMPLE_CURSOR)]
    next: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Session")]
struct Entry {
    id: SessionId,
    /// Name of the API token. Null for other types.
    name: Option<Name>,
    user_id: UserId,
    created_at: DateTime<Utc>,
    r#type: SessionType,
    expiry: DateTime<Utc>,
    /// Accurate to five minutes. Null if never used.
    last_used_at: Option<DateTime<Utc>>,
    user_agent: Option<UserAgent>,
    /// Whether this session made the request.
    #[schemars(example = true)]
    current: bool,
}

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.session(&req, Bans::Exempt).await?;

    let list = List::SessionsOfUser(caller.account.user_id);
    let page = cx.page(&mut Query::of(&req, &["limit", "cursor"])?, list).await?;

    let paged = cx.sessions_page(&caller.account, &page).await?;

    let next = cx.end_of_page(list, paged.next, paged.poison).await?;
    let sessions = paged.entries.into_iter().map(|session| entry(session, caller.session.id)).collect();
    http::json(StatusCode::OK, &Answer { sessions, next })
}

fn entry(session: Session, current: SessionId) -> Entry {
    Entry {
        id: session.id,
        name: session.name,
        user_id: session.user_id,
        created_at: session.created_at,
        r#type: session.kind,
        expiry: session.expiry,
        last_used_at: session.last_used_at,
        user_agent: session.user_agent,
        current: session.id == current,
    }
}
