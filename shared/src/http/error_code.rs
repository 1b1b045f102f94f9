//! The contract's names of refusals, each with its status and what it means.

use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

macro_rules! error_codes {
    ($(#[doc = $meaning:literal] $name:ident = $status:ident,)*) => {
        /// The reason for an error, for programs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
        pub enum ErrorCode {
            $(#[doc = $meaning] $name,)*
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The status that it comes with.
            pub const fn status(self) -> StatusCode {
                match self {
                    $(Self::$name => StatusCode::$status,)*
                }
            }

            /// Its name in answers and in the log.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// What it means, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => $meaning.trim_ascii(),)*
                }
            }
        }
    };
}

error_codes! {
    /// The request is invalid. `field` names the invalid field.
    BadRequest = BAD_REQUEST,
    /// Discord refused the code, or the code was already used.
    InvalidCode = BAD_REQUEST,
    /// The request has no credential.
    NoAuthToken = UNAUTHORIZED,
    /// The token is malformed, unknown, expired or revoked.
    InvalidToken = UNAUTHORIZED,
    /// The user, or the owner of the app, is banned.
    ApiBanned = FORBIDDEN,
    /// The credential type or the redirect URI is not allowed here.
    Restricted = FORBIDDEN,
    /// A Discord scope is missing. The message names it and where to grant it.
    MissingScope = FORBIDDEN,
    /// The user is in the guild but cannot manage it.
    MissingPermission = FORBIDDEN,
    /// A request with the session cookie came from another site.
    CrossOrigin = FORBIDDEN,
    /// The resource does not exist, or the caller cannot see it.
    NotFound = NOT_FOUND,
    /// The path does not support the method. `Allow` lists the supported ones.
    MethodNotAllowed = METHOD_NOT_ALLOWED,
    /// The resource's state does not allow this.
    Conflict = CONFLICT,
    /// The limit for this resource is reached.
    TooMany = CONFLICT,
    /// The body is larger than 16 KiB.
    PayloadTooLarge = PAYLOAD_TOO_LARGE,
    /// The body's `Content-Type` is missing or not supported.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE,
    /// Too many requests. `Retry-After` gives the seconds to wait.
    RateLimited = TOO_MANY_REQUESTS,
    /// Internal error.
    InternalError = INTERNAL_SERVER_ERROR,
    /// Discord does not respond, or responds unexpectedly.
    DiscordUnavailable = SERVICE_UNAVAILABLE,
    /// A dependency of the service cannot be reached.
    Unavailable = SERVICE_UNAVAILABLE,
}
