//! The end of an authorization, on the form that replaces it.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::domain::Moment;

/// The end of something that a form replaces, for a person to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentEnd {
    /// As people read it.
    pub moment: Moment,
    /// As the API reads it, to the millisecond.
    pub value: String,
}

impl CurrentEnd {
    /// The end `expiry`, as seen at `now`.
    pub fn seen(expiry: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self { moment: Moment::seen(expiry, now), value: expiry.to_rfc3339_opts(SecondsFormat::Millis, true) }
    }
}
