//! Reads what Discord sends and what was kept of it: a field that nothing depends on never makes the whole unreadable.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{cdn, text};

/// The field, or its default in place of what cannot be read. For fields whose default grants nothing.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let value = Value::deserialize(deserializer)?;
    Ok(T::deserialize(value).unwrap_or_default())
}

/// The field, where null stands for its default. What cannot be read is an error.
pub(super) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The hash of a picture, or nothing.
pub(super) fn image_hash<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let hash: Option<String> = or_default(deserializer)?;
    Ok(hash.filter(|hash| cdn::is_image_hash(hash)))
}

/// A text that means something else when it is cut: one of more than `MAX_BYTES` is an error.
pub(super) fn bounded<'de, const MAX_BYTES: usize, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.len() <= MAX_BYTES { Ok(text) } else { Err(D::Error::custom("too long")) }
}

/// A name of Discord's without control characters, cut at `MAX_BYTES`.
pub(super) fn name<'de, const MAX_BYTES: usize, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(text::bounded(&String::deserialize(deserializer)?, MAX_BYTES))
}

/// The same of a name that one may go without.
pub(super) fn optional_name<'de, const MAX_BYTES: usize, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let name: Option<String> = or_default(deserializer)?;
    Ok(name.map(|name| text::bounded(&name, MAX_BYTES)))
}
