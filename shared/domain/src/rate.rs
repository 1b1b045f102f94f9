//! Rate limits: how many in a fixed window of time.

use std::str::FromStr;

use chrono::{DateTime, Utc};

/// At most `most` in each window of `seconds`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many.
    pub most: u32,
    /// How long a window is.
    pub seconds: u32,
}

/// The text is no limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not `<how many>/<seconds>` with numbers above 0")]
pub struct MalformedLimit(String);

impl FromStr for Limit {
    type Err = MalformedLimit;

    fn from_str(text: &str) -> Result<Self, MalformedLimit> {
        let number = |text: &str| text.parse().ok().filter(|number: &u32| *number > 0);
        text.split_once('/')
            .and_then(|(most, seconds)| Some(Self { most: number(most)?, seconds: number(seconds)? }))
            .ok_or_else(|| MalformedLimit(text.to_owned()))
    }
}

/// One window of a limit, in epoch seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// When it began.
    pub start: i64,
    /// When the next one begins.
    pub end: i64,
}

impl Limit {
    /// The window that `now` is in.
    pub fn window(self, now: DateTime<Utc>) -> Window {
        let (now, seconds) = (now.timestamp(), i64::from(self.seconds));
        let start = now.saturating_sub(now.checked_rem_euclid(seconds).unwrap_or_default());
        Window { start, end: start.saturating_add(seconds) }
    }
}

impl Window {
    /// Whole seconds until the next one begins, at least 1.
    pub fn seconds_left(self, now: DateTime<Utc>) -> u64 {
        u64::try_from(self.end.saturating_sub(now.timestamp())).unwrap_or_default().max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_follow_one_another() {
        let limit: Limit = "15/300".parse().unwrap();
        let at = |seconds| DateTime::from_timestamp(seconds, 999_000_000).unwrap();
        assert_eq!(limit.window(at(599)), Window { start: 300, end: 600 });
        assert_eq!(limit.window(at(600)), Window { start: 600, end: 900 });
        assert_eq!(limit.window(at(599)).seconds_left(at(599)), 1);
        assert!(["", "15", "0/300", "15/0", "-1/3", "a/b"].iter().all(|text| text.parse::<Limit>().is_err()));
    }
}
