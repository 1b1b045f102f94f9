//! What is said of a token to who may ask (RFC 7662, section 2.2).

use schemars::JsonSchema;
use serde::Serialize;

use super::{Caller, Holder};
use crate::domain::{AppId, SessionId, SessionType};
use crate::store::KeptApp;

/// The state of a token. For an inactive token, only `active` is present.
#[derive(Default, Serialize, JsonSchema)]
pub struct Introspection {
    active: bool,
    /// The kind of token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Kind")]
    kind: Option<Kind>,
    /// Id of the user or app.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", example = &"158908186768937126")]
    sub: Option<String>,
    /// The user's Discord username.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", example = &"anna")]
    username: Option<String>,
    /// Id of the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SessionId")]
    jti: Option<SessionId>,
    /// Type of the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SessionType")]
    session_type: Option<SessionType>,
    /// Id of the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "AppId")]
    client_id: Option<AppId>,
    /// How the token is sent (RFC 6750).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", example = &"Bearer")]
    token_type: Option<&'static str>,
    /// Creation time of the session, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64", example = 1_800_000_000_i64)]
    iat: Option<i64>,
    /// Expiry time of the session, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64", example = 1_800_003_600_i64)]
    exp: Option<i64>,
    /// URL of this service.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", example = &"https://guildpass.example")]
    iss: Option<String>,
}

/// The kind of token.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "TokenKind")]
enum Kind {
    /// A user's session.
    User,
    /// An app's token.
    App,
}

impl Introspection {
    /// What is said of a token that `holder` holds, by the service at the origin `iss`.
    pub fn of(holder: Option<Holder>, iss: String) -> Self {
        match holder {
            None => Self::default(),
            Some(Holder::User(caller)) => Self { iss: Some(iss), ..Self::session(caller) },
            Some(Holder::App(app)) => Self { iss: Some(iss), ..Self::app(&app) },
        }
    }

    fn live(kind: Kind, sub: String) -> Self {
        Self { active: true, kind: Some(kind), sub: Some(sub), token_type: Some("Bearer"), ..Self::default() }
    }

    fn session(Caller { account, session }: Caller) -> Self {
        Self {
            username: account.profile.map(|profile| profile.username),
            jti: Some(session.id),
            session_type: Some(session.kind),
            iat: Some(session.created_at.timestamp()),
            exp: Some(session.expiry.timestamp()),
            ..Self::live(Kind::User, account.user_id.to_string())
        }
    }

    fn app(KeptApp { app, .. }: &KeptApp) -> Self {
        Self { client_id: Some(app.id), ..Self::live(Kind::App, app.id.to_string()) }
    }
}
