//! The contract's names of refusals, each with its status and what it means.

use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

macro_rules! error_codes {
    ($(#[doc = $meaning:literal] $name:ident = $status:ident,)*) => {
        /// Why a request was refused, for programs.
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
    /// The request is not as it has to be; `field` says where.
    BadRequest = BAD_REQUEST,
    /// Discord refused the code, or it was used before.
    InvalidCode = BAD_REQUEST,
    /// There is no credential.
    NoAuthToken = UNAUTHORIZED,
    /// The token is malformed, unknown, expired or revoked: one answer for all.
    InvalidToken = UNAUTHORIZED,
    /// The user is banned, or the app's owner is.
    ApiBanned = FORBIDDEN,
    /// Not with this kind of credential, or not over this redirect.
    Restricted = FORBIDDEN,
    /// Discord has not granted what this needs, or no longer does; the message says which scope, and where it is granted.
    MissingScope = FORBIDDEN,
    /// The user is in the guild, and may not manage it.
    MissingPermission = FORBIDDEN,
    /// The cookie came with a request from another site's page.
    CrossOrigin = FORBIDDEN,
    /// Absent, or not the caller's to know about.
    NotFound = NOT_FOUND,
    /// The path does not take the method; `Allow` says which it takes.
    MethodNotAllowed = METHOD_NOT_ALLOWED,
    /// It would not be what it has to be.
    Conflict = CONFLICT,
    /// There are as many as there may be.
    TooMany = CONFLICT,
    /// The body is larger than 16 KiB.
    PayloadTooLarge = PAYLOAD_TOO_LARGE,
    /// The body is not said to be of the type that this takes.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE,
    /// Too many requests; `Retry-After` says how many seconds to wait.
    RateLimited = TOO_MANY_REQUESTS,
    /// A mistake of ours.
    InternalError = INTERNAL_SERVER_ERROR,
    /// Discord does not answer, or not as it should.
    DiscordUnavailable = SERVICE_UNAVAILABLE,
    /// What the service stands on cannot be reached.
    Unavailable = SERVICE_UNAVAILABLE,
}
