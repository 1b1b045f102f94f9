//! The three secrets, as a deployment has them.

use serde_json::{Value, json};

use super::Wire;

pub(crate) const SEALING_KEYS: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:sealing-keys";
pub(crate) const CLIENT_SECRET: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:client-secret";
pub(crate) const BOT_TOKEN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:bot-token";

/// What makes a service ask Secrets Manager.
pub(crate) const IN_SECRETS_MANAGER: [(&str, &str); 6] = [
    ("SEALING_KEYS_JSON", ""),
    ("SEALING_KEYS_ARN", SEALING_KEYS),
    ("CLIENT_SECRET_JSON", ""),
    ("CLIENT_SECRET_ARN", CLIENT_SECRET),
    ("BOT_TOKEN_JSON", ""),
    ("BOT_TOKEN_ARN", BOT_TOKEN),
];

/// The text of the sealing keys: one that seals, and older ones.
pub(crate) fn sealing_keys(key: &str, older: &[&str]) -> Value {
    json!({"sealing_key": key, "older_sealing_keys": older})
}

/// From now on Secrets Manager has all three.
pub(crate) fn keep_secrets(wire: &Wire, key: &str, older: &[&str]) {
    wire.keep_secret(SEALING_KEYS, &sealing_keys(key, older));
    wire.keep_secret(CLIENT_SECRET, &json!({"discord_client_secret": local::service::CLIENT_SECRET}));
    wire.keep_secret(BOT_TOKEN, &json!({"discord_bot_token": ""}));
}
