//! The operator's secrets: each is fetched by the functions that need it and by no others, when it is first needed.

use std::sync::Arc;

use aws_config::SdkConfig;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use crate::config::{ConfigError, SecretConfig, SecretPlace, Variables};
use crate::domain::{BotToken, ClientSecret, SealingKey, SealingKeys};

/// Minimum interval between refetches of a secret, so that forged input cannot drive calls of Secrets Manager.
const MIN_REFETCH_INTERVAL: TimeDelta = TimeDelta::seconds(10);

/// A secret cannot be had, or cannot be used. Never shows what it is.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager did not give it. It may the next time.
    #[error("the secret that {variable} names cannot be fetched")]
    Unavailable {
        /// The variable that names it.
        variable: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It is not what it has to be.
    #[error("{variable} is wrong: the secret {problem}")]
    Malformed {
        /// The variable that names or holds it.
        variable: &'static str,
        /// What is wrong about it.
        problem: String,
    },
}

/// What a secret holds, as a JSON object.
pub(crate) trait SecretValue: Sized + Send + Sync {
    /// The variables that hold its ARN or, for development, its text.
    const VARIABLES: [&'static str; 2];

    /// Reads the text of the secret. The error does not quote it.
    fn read(text: &str) -> Result<Self, String>;
}

impl SecretValue for SealingKeys {
    const VARIABLES: [&'static str; 2] = ["SEALING_KEYS_ARN", "SEALING_KEYS_JSON"];

    fn read(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Text {
            sealing_key: String,
            #[serde(default)]
            older_sealing_keys: Vec<String>,
        }
        let Text { sealing_key, older_sealing_keys } = object(text, r#"{"sealing_key": "…"}"#)?;
        let key = |name: &str, text: &str| {
            SealingKey::from_text(text).map_err(|problem| format!("has a `{name}` that {problem}"))
        };
        let older = older_sealing_keys.iter().map(|text| key("older_sealing_keys", text)).collect::<Result<_, _>>()?;
        Ok(Self::new(key("sealing_key", &sealing_key)?, older))
    }
}

impl SecretValue for ClientSecret {
    const VARIABLES: [&'static str; 2] = ["CLIENT_SECRET_ARN", "CLIENT_SECRET_JSON"];

    fn read(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Text {
            discord_client_secret: String,
        }
        let Text { discord_client_secret } = object(text, r#"{"discord_client_secret": "…"}"#)?;
        match discord_client_secret.is_empty() {
            true => Err("has an empty `discord_client_secret`".into()),
            false => Ok(Self::new(discord_client_secret)),
        }
    }
}

/// A deployment that adds nobody to guilds has no bot.
impl SecretValue for Option<BotToken> {
    const VARIABLES: [&'static str; 2] = ["BOT_TOKEN_ARN", "BOT_TOKEN_JSON"];

    fn read(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Text {
            discord_bot_token: Option<String>,
        }
        let Text { discord_bot_token } = object(text, r#"{"discord_bot_token": "…"}"#)?;
        Ok(discord_bot_token.filter(|token| !token.is_empty()).map(BotToken::new))
    }
}

fn object<T: DeserializeOwned>(text: &str, form: &str) -> Result<T, String> {
    // serde's message could quote a value.
    serde_json::from_str(text)
        .map_err(|error| format!("is not JSON like {form} (line {}, column {})", error.line(), error.column()))
}

/// One secret, kept from its first use on.
pub(crate) struct Secret<T> {
    config: SecretConfig,
    aws: SdkConfig,
    kept: Mutex<Option<Kept<T>>>,
}

struct Kept<T> {
    value: Arc<T>,
    refetched_at: Option<DateTime<Utc>>,
}

impl<T: SecretValue> Secret<T> {
    /// Reads where it is. Fetches nothing.
    pub(crate) fn configured(variables: &Variables, aws: &SdkConfig) -> Result<Self, ConfigError> {
        let [arn, json] = T::VARIABLES;
        Ok(Self { config: SecretConfig::read(variables, arn, json)?, aws: aws.clone(), kept: Mutex::default() })
    }

    /// Its value, fetched unless it was before.
    pub(crate) async fn value(&self) -> Result<Arc<T>, SecretError> {
        let mut kept = self.kept.lock().await;
        if let Some(Kept { value, .. }) = &*kept {
            return Ok(Arc::clone(value));
        }
        let value = self.fetch().await?;
        *kept = Some(Kept { value: Arc::clone(&value), refetched_at: None });
        Ok(value)
    }

    /// Its value as it is now, or was at most [`MIN_REFETCH_INTERVAL`] ago.
    pub(crate) async fn refetched(&self, now: DateTime<Utc>) -> Result<Arc<T>, SecretError> {
        let mut kept = self.kept.lock().await;
        if let Some(Kept { value, refetched_at: Some(at) }) = &*kept
            && now.signed_duration_since(*at) < MIN_REFETCH_INTERVAL
        {
            return Ok(Arc::clone(value));
        }
        let value = self.fetch().await?;
        *kept = Some(Kept { value: Arc::clone(&value), refetched_at: Some(now) });
        Ok(value)
    }

    async fn fetch(&self) -> Result<Arc<T>, SecretError> {
        let SecretConfig { variable, place } = &self.config;
        let malformed = |problem| SecretError::Malformed { variable, problem };
        let value = match place {
            SecretPlace::Here(text) => T::read(text),
            SecretPlace::SecretsManager(arn) => {
                let text = from_secrets_manager(arn, &self.aws).await;
                let text = text.map_err(|source| SecretError::Unavailable { variable, source })?;
                text.ok_or_else(|| "has no text".into()).and_then(|text| T::read(&text))
            }
        };
        value.map(Arc::new).map_err(malformed)
    }
}

async fn from_secrets_manager(
    arn: &str,
    aws: &SdkConfig,
) -> Result<Option<zeroize::Zeroizing<String>>, Box<dyn std::error::Error + Send + Sync>> {
    let client = aws_sdk_secretsmanager::Client::new(aws);
    let answer = client.get_secret_value().secret_id(arn).send().await?;
    Ok(answer.secret_string.map(zeroize::Zeroizing::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem<T: SecretValue + std::fmt::Debug>(text: &str) -> String {
        T::read(text).unwrap_err()
    }

    #[test]
    fn malformed_secret_is_explained_without_being_quoted() {
        for (error, said) in [
            (
                problem::<ClientSecret>(r#"{"discord_client_secret": 5hush}"#),
                "like {\"discord_client_secret\": \"…\"} (line 1, column 27)",
            ),
            (problem::<ClientSecret>(r#"{"discord_client_secret": ""}"#), "has an empty `discord_client_secret`"),
            (problem::<ClientSecret>(r#"{"discord_client_secret": "hush", "hush": 1}"#), "is not JSON like"),
            (problem::<ClientSecret>("hush"), "is not JSON like"),
            (problem::<SealingKeys>(r#"{"sealing_key": "hush"}"#), "has a `sealing_key` that must have"),
            (problem::<SealingKeys>("{}"), "is not JSON like"),
            (problem::<Option<BotToken>>(r#"{"discord_bot_token": ["hush"]}"#), "is not JSON like"),
        ] {
            assert!(error.contains(said) && !error.contains("hush"), "{error}");
        }
    }

    #[test]
    fn value_of_a_secret_does_not_show() {
        let key = format!(r#"{{"sealing_key": "hush{}"}}"#, "k".repeat(43));
        let (keys, secret) = (SealingKeys::read(&key), ClientSecret::read(r#"{"discord_client_secret": "hush"}"#));
        let token = <Option<BotToken>>::read(r#"{"discord_bot_token": "hush"}"#);
        let shown = format!("{:?} {:?} {:?}", keys.unwrap(), secret.unwrap(), token.unwrap().unwrap());
        assert!(!shown.contains("hush"), "{shown}");
    }

    #[test]
    fn bot_may_be_missing() {
        for text in ["{}", r#"{"discord_bot_token": ""}"#, r#"{"discord_bot_token": null}"#] {
            assert!(<Option<BotToken>>::read(text).unwrap().is_none(), "{text}");
        }
    }
}
