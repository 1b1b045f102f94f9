//! Why a command did not do what it was told to.

use std::process::ExitCode;

use domain::error_chain;
use serde::Deserialize;
use serde_json::json;

use super::credentials::Unusable;
use super::login::Unfinished;
use super::origin::Origin;

/// Clap's own, for a command line that makes no sense.
const USAGE: u8 = 2;

/// Why a command did not do what it was told to.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The environment makes no sense.
    #[error("{0}")]
    Usage(String),
    /// Nobody is.
    #[error("Not signed in to {0}. Run `{login}`.", login = login_at(.0))]
    NotSignedIn(Origin),
    /// The service said no.
    #[error("{refusal}{advice}", advice = advice.as_ref().map(|advice| format!("\n{advice}")).unwrap_or_default())]
    Refused {
        /// What it said.
        refusal: Refusal,
        /// What to do about it.
        advice: Option<String>,
    },
    /// No answer came.
    #[error(
        "Cannot reach {origin}: {why}.{hint}",
        hint = if origin.is_here() { " Run `cargo run` in a checkout of guildpass to start one." } else { "" }
    )]
    Unreachable {
        /// Whose.
        origin: Origin,
        /// For a person, at the end of a sentence.
        why: String,
    },
    /// An answer came that guildpass does not give.
    #[error("{0} is not a guildpass service: {1}")]
    NotGuildpass(Origin, String),
    /// The kept credentials.
    #[error(transparent)]
    Credentials(#[from] Unusable),
    /// Signing in.
    #[error(transparent)]
    Unfinished(#[from] Unfinished),
    /// Whoever was asked said no.
    #[error("Cancelled. Nothing was changed.")]
    Declined,
    /// A mistake of ours.
    #[error("{0}")]
    Internal(&'static str),
}

/// What a service answers when it says no.
#[derive(Debug, Deserialize, thiserror::Error)]
#[error("{message} (request {request_id})")]
pub(super) struct Refusal {
    pub(super) code: String,
    message: String,
    request_id: String,
    /// The answer, to the character.
    #[serde(skip)]
    pub(super) document: String,
}

impl Failure {
    /// No answer came; of all that led to it the first says most.
    pub(super) fn unreachable(origin: &Origin, error: &(dyn std::error::Error + 'static)) -> Self {
        let first = std::iter::successors(Some(error), |error| error.source()).last().unwrap_or(error);
        Self::Unreachable { origin: origin.clone(), why: first.to_string() }
    }

    /// 1, or 2 for what was called wrongly.
    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(USAGE),
            _ => ExitCode::FAILURE,
        }
    }

    /// What to do about a refusal of this code.
    pub(super) fn advised(self, code: &str, advice: impl FnOnce() -> String) -> Self {
        match self {
            Self::Refused { refusal, .. } if refusal.code == code => Self::Refused { refusal, advice: Some(advice()) },
            other => other,
        }
    }

    /// Whether the service said no, with this code.
    pub(super) fn is(&self, code: &str) -> bool {
        matches!(self, Self::Refused { refusal, .. } if refusal.code == code)
    }

    /// For programs: what the service answered, or the same shape without a request.
    pub(super) fn as_json(&self) -> String {
        let code = match self {
            Self::Refused { refusal, .. } => return refusal.document.clone(),
            Self::Usage(_) => "Usage",
            Self::NotSignedIn(_) => "NotSignedIn",
            Self::Unreachable { .. } => "Unreachable",
            Self::NotGuildpass(..) => "NotGuildpass",
            Self::Credentials(_) => "CredentialsUnusable",
            Self::Unfinished(_) => "SignInUnfinished",
            Self::Declined => "Declined",
            Self::Internal(_) => "Internal",
        };
        json!({ "code": code, "message": error_chain(self) }).to_string()
    }
}

/// The command that signs in there.
pub(super) fn login_at(origin: &Origin) -> String {
    match origin.to_string() {
        local if local == Origin::LOCAL => "guildpass login".to_owned(),
        other => format!("guildpass login --url {other}"),
    }
}
