//! What a Lambda authorizer is asked and answers (HTTP API, payload 2.0, simple response).

use serde::Serialize;
use serde_json::Value;

use super::Holder;
use super::credential::bearer;
use crate::domain::{AppId, SessionId, SessionType, UserId};

/// The token in an authorizer's event: of the `Authorization` header alone, since another service's cookies are none of ours. `None`
/// unless there is one, whatever else the event is.
pub fn authorization_of(event: &Value) -> Option<&str> {
    bearer(event.pointer("/headers/authorization")?.as_str()?).ok()
}

/// Whether a request may pass, and what the function behind is told of who sent it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    is_authorized: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Passed>,
}

/// `$context.authorizer.…` of the API behind. What does not apply is not there.
#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
enum Passed {
    User { user_id: UserId, session_id: SessionId, session_type: SessionType },
    App { app_id: AppId },
}

impl Decision {
    /// Lets in whoever holds a token that opens doors.
    pub fn on(holder: Option<&Holder>) -> Self {
        let context = holder.map(|holder| match holder {
            Holder::User(caller) => Passed::User {
                user_id: caller.account.user_id,
                session_id: caller.session.id,
                session_type: caller.session.kind,
            },
            Holder::App(app) => Passed::App { app_id: app.app.id },
        });
        Self { is_authorized: context.is_some(), context }
    }
}
