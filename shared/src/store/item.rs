//! Items: attributes read and written by type. What cannot be read is poison, and hurts only its owner.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};

use super::keys::Key;

/// An item is not as we write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("poison item: `{0}` is missing or odd")]
pub struct Poison(pub(super) &'static str);

/// An item as it was read.
pub(super) struct Stored(pub(super) HashMap<String, AttributeValue>);

impl Stored {
    pub(super) fn text(&self, attribute: &'static str) -> Result<&str, Poison> {
        self.optional_text(attribute)?.ok_or(Poison(attribute))
    }

    pub(super) fn optional_text(&self, attribute: &'static str) -> Result<Option<&str>, Poison> {
        match self.0.get(attribute) {
            None | Some(AttributeValue::Null(_)) => Ok(None),
            Some(AttributeValue::S(text)) => Ok(Some(text)),
            Some(_) => Err(Poison(attribute)),
        }
    }

    pub(super) fn bytes(&self, attribute: &'static str) -> Result<&[u8], Poison> {
        match self.0.get(attribute) {
            Some(AttributeValue::B(bytes)) => Ok(bytes.as_ref()),
            _ => Err(Poison(attribute)),
        }
    }

    pub(super) fn number<T: std::str::FromStr>(&self, attribute: &'static str) -> Result<T, Poison> {
        self.optional_number(attribute)?.ok_or(Poison(attribute))
    }

    pub(super) fn optional_number<T: std::str::FromStr>(&self, attribute: &'static str) -> Result<Option<T>, Poison> {
        match self.0.get(attribute) {
            None | Some(AttributeValue::Null(_)) => Ok(None),
            Some(AttributeValue::N(number)) => number.parse().map(Some).map_err(|_| Poison(attribute)),
            Some(_) => Err(Poison(attribute)),
        }
    }

    pub(super) fn flag(&self, attribute: &'static str) -> Result<bool, Poison> {
        self.optional_flag(attribute)?.ok_or(Poison(attribute))
    }

    pub(super) fn optional_flag(&self, attribute: &'static str) -> Result<Option<bool>, Poison> {
        match self.0.get(attribute) {
            None => Ok(None),
            Some(AttributeValue::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(Poison(attribute)),
        }
    }

    pub(super) fn texts(&self, attribute: &'static str) -> Result<&[String], Poison> {
        match self.0.get(attribute) {
            Some(AttributeValue::Ss(texts)) => Ok(texts),
            _ => Err(Poison(attribute)),
        }
    }

    /// A set of 16 bytes each; an empty one is not stored.
    pub(super) fn ids(&self, attribute: &'static str) -> Result<Vec<[u8; 16]>, Poison> {
        match self.0.get(attribute) {
            None => Ok(Vec::new()),
            Some(AttributeValue::Bs(ids)) => {
                ids.iter().map(|id| id.as_ref().try_into().map_err(|_| Poison(attribute))).collect()
            }
            Some(_) => Err(Poison(attribute)),
        }
    }

    /// A moment in epoch milliseconds.
    pub(super) fn moment(&self, attribute: &'static str) -> Result<DateTime<Utc>, Poison> {
        self.optional_moment(attribute)?.ok_or(Poison(attribute))
    }

    pub(super) fn optional_moment(&self, attribute: &'static str) -> Result<Option<DateTime<Utc>>, Poison> {
        let moment = |millis| DateTime::from_timestamp_millis(millis).ok_or(Poison(attribute));
        self.optional_number(attribute)?.map(moment).transpose()
    }

    /// A moment in epoch seconds.
    pub(super) fn moment_in_seconds(&self, attribute: &'static str) -> Result<DateTime<Utc>, Poison> {
        DateTime::from_timestamp(self.number(attribute)?, 0).ok_or(Poison(attribute))
    }
}

/// An item to be written.
pub(super) struct Draft(pub(super) HashMap<String, AttributeValue>);

impl Draft {
    pub(super) fn new(key: Key) -> Self {
        Self(key)
    }

    pub(super) fn with(mut self, attribute: &'static str, value: AttributeValue) -> Self {
        self.0.insert(attribute.to_owned(), value);
        self
    }

    pub(super) fn with_some(self, attribute: &'static str, value: Option<AttributeValue>) -> Self {
        match value {
            Some(value) => self.with(attribute, value),
            None => self,
        }
    }
}

pub(super) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A text, or null.
pub(super) fn optional_text(value: Option<&str>) -> AttributeValue {
    value.map_or(AttributeValue::Null(true), text)
}

pub(super) fn bytes(bytes: &[u8]) -> AttributeValue {
    AttributeValue::B(bytes.to_vec().into())
}

pub(super) fn number(number: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(format!("{number}"))
}

/// A number, or null.
pub(super) fn optional_number(value: Option<impl std::fmt::Display>) -> AttributeValue {
    value.map_or(AttributeValue::Null(true), number)
}

pub(super) fn flag(flag: bool) -> AttributeValue {
    AttributeValue::Bool(flag)
}

/// A set of one id.
pub(super) fn id_set(id: &[u8; 16]) -> AttributeValue {
    AttributeValue::Bs(vec![id.to_vec().into()])
}

/// Epoch milliseconds.
pub(super) fn moment(moment: DateTime<Utc>) -> AttributeValue {
    number(moment.timestamp_millis())
}

/// The first whole epoch second that is not before `moment`: what a TTL attribute holds.
pub(super) fn whole_seconds_after(moment: DateTime<Utc>) -> AttributeValue {
    let begun = i64::from(moment.timestamp_subsec_nanos() > 0);
    number(moment.timestamp().saturating_add(begun))
}
