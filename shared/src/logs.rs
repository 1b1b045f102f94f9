//! Logs of a function: one flat JSON object a line, as Lambda's level filter and CloudWatch Logs Insights read them.

use tracing_subscriber::filter::LevelFilter;

use crate::config::Variables;
use crate::discord::{self, Refusal};

/// From now on events go to standard output, at the level of `AWS_LAMBDA_LOG_LEVEL` and above.
pub(crate) fn to_standard_output(variables: &Variables) {
    let level = variables.get("AWS_LAMBDA_LOG_LEVEL").and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::INFO);
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(level)
        .init();
}

/// The log's field `discord_refusal`: what Discord refused, if an error or one of its causes is such a refusal.
pub(crate) fn discord_refusal(error: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    let refusal =
        std::iter::successors(Some(error), |error| error.source()).find_map(|error| match error.downcast_ref() {
            Some(discord::Error::Refused { refusal, .. }) => Some(refusal),
            _ => None,
        })?;
    Some(match refusal {
        Refusal::Grant => "grant",
        Refusal::Client => "client",
        Refusal::AccessToken => "access_token",
        Refusal::BotToken => "bot_token",
        Refusal::Code(_) => "other",
    })
}
