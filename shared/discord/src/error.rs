//! What can go wrong with Discord: who failed decides the variant.

use reqwest::StatusCode;

/// A call to Discord did not give what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Discord understood, and said no.
    #[error("Discord refused ({status}): {refusal}")]
    Refused {
        /// With this status.
        status: StatusCode,
        /// What it refused.
        refusal: Refusal,
    },
    /// Too many requests, ours or those of others behind the same address.
    #[error("Discord limits our rate")]
    RateLimited {
        /// Seconds that Discord wants us to wait, as [`RateLimit::retry_after`](super::RateLimit::retry_after).
        retry_after: Option<f64>,
        /// Whether it is the limit over all routes, so that no other call will do either.
        global: bool,
    },
    /// No answer, or none of its application: network, time limit, 5xx, Cloudflare.
    #[error("Discord cannot be reached: {0}")]
    Unreachable(String, #[source] Option<reqwest::Error>),
    /// An answer that is not what the API answers.
    #[error("Discord's answer cannot be read: {0}")]
    Garbled(String, #[source] Option<serde_json::Error>),
}

/// What Discord refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The code, verifier, redirect URI or refresh token (`invalid_grant`, `invalid_request`): the user's to mend by signing in.
    #[error("the grant")]
    Grant,
    /// Our client id or secret (`invalid_client`): the operator's to mend.
    #[error("our client id or secret")]
    Client,
    /// The access token (401): dead, or without the scope, which Discord does not tell apart.
    #[error("the access token")]
    AccessToken,
    /// Our bot's token (401): the operator's to mend.
    #[error("our bot's token")]
    BotToken,
    /// For the reason that has this code in Discord's list of JSON error codes; the constants name those that calls here meet.
    #[error("Discord's error code {0}")]
    Code(u64),
}

impl Refusal {
    /// No such guild.
    pub const UNKNOWN_GUILD: Self = Self::Code(10_004);
    /// The user is in as many guilds as one may be in.
    pub const GUILD_LIMIT: Self = Self::Code(30_001);
    /// The user is banned from the guild.
    pub const BANNED: Self = Self::Code(40_007);
    /// The bot is not in the guild.
    pub const BOT_NOT_IN_GUILD: Self = Self::Code(50_001);
    /// The bot may not invite to the guild.
    pub const BOT_MAY_NOT_INVITE: Self = Self::Code(50_013);
    /// The access token is dead, another user's, or was given to another application.
    pub const INVALID_ACCESS_TOKEN: Self = Self::Code(50_025);
    /// The access token is without the scope.
    pub const MISSING_SCOPE: Self = Self::Code(50_026);
}

impl Error {
    /// Whether Discord surely has not acted on the request: it could not be connected to, or a rate limit turned the request away.
    /// What is used up by one request, such as a code, is then still good.
    pub fn was_not_processed(&self) -> bool {
        match self {
            Self::RateLimited { .. } => true,
            Self::Unreachable(_, Some(error)) => error.is_connect(),
            Self::Unreachable(_, None) | Self::Refused { .. } | Self::Garbled(..) => false,
        }
    }

    pub(super) fn network(error: reqwest::Error) -> Self {
        // The URL is ours and holds no secret, but it is noise.
        let error = error.without_url();
        Self::Unreachable(if error.is_timeout() { "no answer in time".into() } else { "network".into() }, Some(error))
    }

    pub(super) fn garbled(what: impl Into<String>) -> Self {
        Self::Garbled(what.into(), None)
    }
}
