//! Moments, as people read them: how long ago or how long until, and exactly on hover.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// A moment, seen from another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// RFC 3339, for machines.
    pub exact: String,
    /// For people, exactly.
    pub shown: String,
    /// For people, roughly: `3 hours ago`, `in 12 days`.
    pub relative: String,
}

impl Moment {
    /// `moment`, as seen at `now`.
    pub fn seen(moment: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self {
            exact: moment.to_rfc3339_opts(SecondsFormat::Secs, true),
            shown: moment.format("%-d %B %Y, %H:%M:%S UTC").to_string(),
            relative: relative(moment.signed_duration_since(now)),
        }
    }
}

fn relative(distance: TimeDelta) -> String {
    let is_future = distance > TimeDelta::zero();
    // What was just given 30 days has a little less, and ends in 30 days all the same.
    let seconds = distance.num_seconds().unsigned_abs().saturating_add(if is_future { 30 } else { 0 });
    let (count, unit) = match seconds {
        0..60 if is_future => return "in a moment".to_owned(),
        0..60 => return "just now".to_owned(),
        60..3600 => (seconds / 60, "minute"),
        3600..86_400 => (seconds / 3600, "hour"),
        86_400..2_592_000 => (seconds / 86_400, "day"),
        2_592_000..31_536_000 => (seconds / 2_592_000, "month"),
        _ => (seconds / 31_536_000, "year"),
    };
    let plural = if count == 1 { "" } else { "s" };
    if is_future { format!("in {count} {unit}{plural}") } else { format!("{count} {unit}{plural} ago") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_read_as_people_say_them() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        for (seconds, said) in [
            (0, "just now"),
            (29, "in a moment"),
            (-59, "just now"),
            (86_400 * 30 - 5, "in 1 month"),
            (3_599, "in 1 hour"),
            (-61, "1 minute ago"),
            (7_200, "in 2 hours"),
            (-86_400, "1 day ago"),
            (86_400 * 29, "in 29 days"),
            (-86_400 * 45, "1 month ago"),
            (86_400 * 800, "in 2 years"),
        ] {
            assert_eq!(Moment::seen(now + TimeDelta::seconds(seconds), now).relative, said);
        }
        assert_eq!(Moment::seen(now, now).shown, "15 January 2027, 08:00:00 UTC");
    }
}
