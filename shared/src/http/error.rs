//! The one error that a caller can get. `Display` is what they read; `source` is what we read.

use lambda_http::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use lambda_http::http::{HeaderName, HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

use super::{ErrorCode, Response, answer};
use crate::context::ContextError;
use crate::secrets::SecretError;
use crate::{discord, store};

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 400: the request is not as it has to be.
    #[error("{message}")]
    BadRequest {
        /// What is wrong about it; never a secret, never more than a name of the caller's own text.
        message: String,
        /// Where.
        field: Option<String>,
    },
    /// 400: the code was refused or used before.
    #[error("The code is invalid or was already used. Sign in again.")]
    InvalidCode,
    /// 400: the user said no at Discord.
    #[error("Authorization was denied at Discord.")]
    Declined,
    /// 401: no credential.
    #[error("Requires authentication: send `Authorization: Bearer <token>`.")]
    NoAuthToken,
    /// 401: malformed, unknown, expired, revoked: one answer for all.
    #[error("The token is not valid.")]
    InvalidToken,
    /// 401: the same of an app that sent its id and its token with `Basic`.
    #[error("The token is not valid for this app.")]
    InvalidClient,
    /// 403: the user is banned.
    #[error("This user is banned.")]
    ApiBanned,
    /// 403: not with this credential, or not over this redirect.
    #[error("{0}")]
    Restricted(&'static str),
    /// 403: Discord granted too little, or no longer.
    #[error(
        "Missing Discord scopes: {scopes}.{}",
        sign_in.as_ref().map(|url| format!(" Sign in at {url} to grant them.")).unwrap_or_default()
    )]
    MissingScope {
        /// What it needs.
        scopes: String,
        /// Where it can be granted; `None` for one who is just signing in.
        sign_in: Option<String>,
    },
    /// 403: the user is in the guild, and may not manage it.
    #[error("Requires ADMINISTRATOR or MANAGE_GUILD.")]
    MissingPermission,
    /// 409: it would not be what it has to be.
    #[error("{0}")]
    Conflict(&'static str),
    /// 403: a cookie from another site's page.
    #[error("Requests with the session cookie must come from this site's own pages.")]
    CrossOrigin,
    /// 404: absent, or not yours to know about.
    #[error("Not found.")]
    NotFound,
    /// 404: the app may do nothing there, and here is where somebody can let it.
    #[error("The app is not authorized for this guild or user.")]
    NotAuthorized {
        /// The authorization page.
        authorize_url: String,
    },
    /// 405.
    #[error("Method not allowed. Allowed: {allow}.")]
    MethodNotAllowed {
        /// The methods it takes, separated by commas.
        allow: String,
    },
    /// 409: as many as one may have.
    #[error("{0}")]
    TooMany(&'static str),
    /// 413.
    #[error("The body is larger than 16 KiB.")]
    PayloadTooLarge,
    /// 415.
    #[error("Requires a body with `Content-Type: {0}`.")]
    UnsupportedMediaType(&'static str),
    /// 429.
    #[error("Too many requests. Try again in {retry_after} seconds.")]
    RateLimited {
        /// Seconds.
        retry_after: u64,
    },
    /// 500: a mistake of ours.
    #[error("Something went wrong on our side.")]
    Internal(#[source] Cause),
    /// 503: Discord does not answer, or not as it should.
    #[error(
        "Discord cannot be reached at the moment. {}",
        retry_after
            .map_or_else(|| "Sign in again.".to_owned(), |seconds| format!("Try again in {seconds} seconds."))
    )]
    DiscordUnavailable {
        /// Seconds; `None` for a sign-in whose code may have been used up, so that the same request would never succeed.
        retry_after: Option<u64>,
        /// Why.
        source: Cause,
    },
    /// 503: the store or the secret cannot be reached.
    #[error("The service is not available at the moment. Try again in {RETRY_OURS} seconds.")]
    Unavailable(#[source] Cause),
}

/// How long to wait for what is ours.
const RETRY_OURS: u64 = 2;
/// How long to wait for Discord when it does not say, and at most: it has been seen to say a day.
const RETRY_DISCORD: (u64, u64) = (5, 120);

/// An error.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Error")]
pub struct ErrorAnswer<'a> {
    code: ErrorCode,
    /// A message for people. It can change at any time: programs use `code` and `field`.
    #[schemars(example = "The token is not valid.")]
    message: String,
    /// Identifies the request. Give it to the operator when you ask for help.
    #[schemars(example = "UkViOjLIAMEVEXAMPLE=")]
    request_id: &'a str,
    /// The invalid field of the body, query or path. Only with `BadRequest`, if one field is the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", example = &"name")]
    field: Option<&'a str>,
    /// The page where the app can be authorized. Only with `NotFound` from
    /// `GET /app/guilds/{guild_id}` and `GET /app/users/{user_id}`.
    /// The app may add its `permissions`, `redirect_uri` and `state`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        with = "String",
        url,
        example = &"https://guildpass.example/authorize?app_id=01a2004b-63c8-7f40-8d0c-92b1e7f3a5d6&type=guild&guild_id=272120529715212344"
    )]
    authorize_url: Option<&'a str>,
}

impl ApiError {
    /// A field of the body, the query or the path is wrong.
    pub fn field(field: impl Into<String>, message: impl std::fmt::Display) -> Self {
        let field = field.into();
        Self::BadRequest { message: format!("`{field}` {message}."), field: Some(field) }
    }

    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::BadRequest { message: message.into(), field: None }
    }

    /// A mistake of ours, with its cause.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }

    pub(crate) fn discord_unavailable(seconds: Option<u64>, cause: impl Into<Cause>) -> Self {
        let (default, most) = RETRY_DISCORD;
        let retry_after = Some(seconds.unwrap_or(default).clamp(1, most));
        Self::DiscordUnavailable { retry_after, source: cause.into() }
    }

    /// Discord failed in a sign-in, and the code may have been used up.
    pub(crate) fn lost_sign_in(cause: impl Into<Cause>) -> Self {
        Self::DiscordUnavailable { retry_after: None, source: cause.into() }
    }

    /// Whether a code that was sent with the request surely is as good as before.
    pub(crate) fn leaves_the_code(&self) -> bool {
        matches!(self, Self::DiscordUnavailable { retry_after: Some(_), .. })
    }

    /// The contract's name of it.
    pub fn error_code(&self) -> ErrorCode {
        match self {
            Self::BadRequest { .. } => ErrorCode::BadRequest,
            Self::InvalidCode => ErrorCode::InvalidCode,
            Self::Declined => ErrorCode::BadRequest,
            Self::NoAuthToken => ErrorCode::NoAuthToken,
            Self::InvalidToken | Self::InvalidClient => ErrorCode::InvalidToken,
            Self::ApiBanned => ErrorCode::ApiBanned,
            Self::Restricted(_) => ErrorCode::Restricted,
            Self::MissingScope { .. } => ErrorCode::MissingScope,
            Self::MissingPermission => ErrorCode::MissingPermission,
            Self::Conflict(_) => ErrorCode::Conflict,
            Self::CrossOrigin => ErrorCode::CrossOrigin,
            Self::NotFound | Self::NotAuthorized { .. } => ErrorCode::NotFound,
            Self::MethodNotAllowed { .. } => ErrorCode::MethodNotAllowed,
            Self::TooMany(_) => ErrorCode::TooMany,
            Self::PayloadTooLarge => ErrorCode::PayloadTooLarge,
            Self::UnsupportedMediaType(_) => ErrorCode::UnsupportedMediaType,
            Self::RateLimited { .. } => ErrorCode::RateLimited,
            Self::Internal(_) => ErrorCode::InternalError,
            Self::DiscordUnavailable { .. } => ErrorCode::DiscordUnavailable,
            Self::Unavailable(_) => ErrorCode::Unavailable,
        }
    }

    /// The same as text.
    pub fn code(&self) -> &'static str {
        self.error_code().as_str()
    }

    /// The status that it is answered with.
    pub fn status(&self) -> StatusCode {
        self.error_code().status()
    }

    /// The header that its status asks for: RFC 6750 section 3 and RFC 6749 section 5.2 for 401, RFC 9110 for the others.
    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::NoAuthToken => Some((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"guildpass\""))),
            Self::InvalidToken => Some((
                WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"guildpass\", error=\"invalid_token\""),
            )),
            Self::InvalidClient => {
                Some((WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"guildpass\", charset=\"UTF-8\"")))
            }
            Self::MethodNotAllowed { allow } => Some((ALLOW, HeaderValue::from_str(allow).ok()?)),
            Self::RateLimited { retry_after } => Some((RETRY_AFTER, HeaderValue::from(*retry_after))),
            Self::DiscordUnavailable { retry_after, .. } => {
                retry_after.map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds)))
            }
            Self::Unavailable(_) => Some((RETRY_AFTER, HeaderValue::from(RETRY_OURS))),
            Self::BadRequest { .. }
            | Self::InvalidCode
            | Self::Declined
            | Self::ApiBanned
            | Self::Restricted(_)
            | Self::MissingScope { .. }
            | Self::MissingPermission
            | Self::Conflict(_)
            | Self::CrossOrigin
            | Self::NotFound
            | Self::NotAuthorized { .. }
            | Self::TooMany(_)
            | Self::PayloadTooLarge
            | Self::UnsupportedMediaType(_)
            | Self::Internal(_) => None,
        }
    }

    /// As programs read it.
    pub(super) fn as_json(&self, request_id: &str) -> Result<Response, Self> {
        let code = self.error_code();
        let field = if let Self::BadRequest { field, .. } = &self { field.as_deref() } else { None };
        let authorize_url =
            if let Self::NotAuthorized { authorize_url } = &self { Some(&**authorize_url) } else { None };
        let message = self.to_string();
        answer::json(code.status(), &ErrorAnswer { code, message, request_id, field, authorize_url })
    }

    /// An answer in whatever form, with the header that the status asks for.
    pub(super) fn complete(&self, written: Result<Response, Self>) -> Response {
        // A few texts can always be written; were that to change, the status still says what happened.
        let mut response = written.unwrap_or_else(|_| answer::no_content());
        // A browser that is sent to sign in by itself.
        if response.status().is_redirection() {
            return response;
        }
        *response.status_mut() = self.status();
        response.headers_mut().extend(self.header());
        response
    }
}

impl From<store::Error> for ApiError {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Poison(_) => Self::Internal(error.into()),
            store::Error::Banned => Self::ApiBanned,
            store::Error::Ended => Self::InvalidToken,
            store::Error::Fault(_)
            | store::Error::Unprocessed
            | store::Error::Garbled
            | store::Error::Contended
            | store::Error::Unfinished
            | store::Error::NoSuchTable => Self::Unavailable(error.into()),
        }
    }
}

impl From<ContextError> for ApiError {
    fn from(error: ContextError) -> Self {
        match error {
            ContextError::Secret(SecretError::Unavailable { .. }) => Self::Unavailable(error.into()),
            ContextError::Secret(SecretError::Malformed { .. })
            | ContextError::NotNamed(..)
            | ContextError::Discord(_)
            | ContextError::Entropy(_) => Self::Internal(error.into()),
        }
    }
}

impl From<discord::Error> for ApiError {
    fn from(error: discord::Error) -> Self {
        let seconds = match &error {
            discord::Error::Refused { refusal: discord::Refusal::Grant, .. } => return Self::InvalidCode,
            // Up to the next whole second, as RFC 9110 wants it; a float beyond the bounds saturates.
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "saturates, and is bounded next"
            )]
            discord::Error::RateLimited { retry_after, .. } => retry_after.map(|seconds| seconds.ceil() as u64),
            discord::Error::Refused { .. } | discord::Error::Unreachable(..) | discord::Error::Garbled(..) => None,
        };
        Self::discord_unavailable(seconds, error)
    }
}
