//! The operator's secret: fetched once, by the functions that need it.

use std::sync::Arc;

use aws_config::SdkConfig;
use serde::Deserialize;

use crate::config::SecretConfig;
use crate::domain::{BotToken, ClientSecret, SealingKey, SealingKeys};

/// What the secret holds.
#[derive(Debug)]
pub struct Secrets {
    /// Our application's client secret at Discord.
    pub client_secret: ClientSecret,
    /// The keys that seal what is kept for others.
    pub sealing_keys: Arc<SealingKeys>,
    /// The token of our application's bot, for adding users to guilds.
    pub bot_token: Option<BotToken>,
}

/// The secret cannot be had, or cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// Secrets Manager did not give it. It may the next time.
    #[error("the secret cannot be fetched")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It is not what it has to be. Never shows what it is.
    #[error("the secret (SECRET_ARN or SECRET_JSON) {0}")]
    Malformed(String),
}

/// The secret's text, a JSON object. Keys are texts of at least 43 random characters; see docs/deploy.md.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretText {
    discord_client_secret: String,
    sealing_key: String,
    #[serde(default)]
    older_sealing_keys: Vec<String>,
    #[serde(default)]
    discord_bot_token: Option<String>,
}

impl Secrets {
    /// Fetches and reads the secret.
    pub async fn fetch(config: &SecretConfig, aws: &SdkConfig) -> Result<Self, SecretsError> {
        match config {
            SecretConfig::Json(text) => Self::read(text),
            SecretConfig::Arn(arn) => Self::read(&from_secrets_manager(arn, aws).await?),
        }
    }

    fn read(text: &str) -> Result<Self, SecretsError> {
        let text: SecretText = serde_json::from_str(text).map_err(|error| {
            // serde's message could quote a value
            SecretsError::Malformed(format!(
                "is not the expected JSON object (line {}, column {})",
                error.line(),
                error.column()
            ))
        })?;
        if text.discord_client_secret.is_empty() {
            return Err(SecretsError::Malformed("has an empty `discord_client_secret`".into()));
        }
        let key = |name: &str, text: &str| {
            SealingKey::from_text(text)
                .map_err(|problem| SecretsError::Malformed(format!("has a `{name}` that {problem}")))
        };
        let older =
            text.older_sealing_keys.iter().map(|text| key("older_sealing_keys", text)).collect::<Result<_, _>>()?;
        Ok(Self {
            client_secret: ClientSecret::new(text.discord_client_secret),
            sealing_keys: Arc::new(SealingKeys::new(key("sealing_key", &text.sealing_key)?, older)),
            bot_token: text.discord_bot_token.filter(|token| !token.is_empty()).map(BotToken::new),
        })
    }
}

async fn from_secrets_manager(arn: &str, aws: &SdkConfig) -> Result<zeroize::Zeroizing<String>, SecretsError> {
    let client = aws_sdk_secretsmanager::Client::new(aws);
    let answer = client.get_secret_value().secret_id(arn).send().await;
    let answer = answer.map_err(|error| SecretsError::Unavailable(error.into()))?;
    let text = answer.secret_string.ok_or_else(|| SecretsError::Malformed("has no text".into()))?;
    Ok(zeroize::Zeroizing::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_without_the_secret() {
        let key = "k".repeat(43);
        for (text, said) in [
            (r#"{"discord_client_secret": 5hush}"#.to_owned(), "is not the expected JSON object (line 1, column 27)"),
            (
                format!(r#"{{"discord_client_secret":"","sealing_key":"{key}"}}"#),
                "has an empty `discord_client_secret`",
            ),
            (
                r#"{"discord_client_secret":"hush","sealing_key":"hush"}"#.to_owned(),
                "has a `sealing_key` that must have",
            ),
        ] {
            let error = Secrets::read(&text).unwrap_err().to_string();
            assert!(error.contains(said) && !error.contains("hush"), "{error}");
        }
        let secrets = Secrets::read(&format!(r#"{{"discord_client_secret":"hush","sealing_key":"{key}"}}"#)).unwrap();
        assert!(!format!("{secrets:?}").contains("hush"));
    }
}
