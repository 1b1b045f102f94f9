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
        /// Seconds that Discord wants us to wait, as it said them: missing, negative and a day have all been seen.
        retry_after: Option<f64>,
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
    /// The access token.
    #[error("the access token")]
    AccessToken,
}

impl Error {
    pub(super) fn network(error: reqwest::Error) -> Self {
        // The URL is ours and holds no secret, but it is noise.
        let error = error.without_url();
        Self::Unreachable(if error.is_timeout() { "no answer in time".into() } else { "network".into() }, Some(error))
    }

    pub(super) fn garbled(what: impl Into<String>) -> Self {
        Self::Garbled(what.into(), None)
    }
}
