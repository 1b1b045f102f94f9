//! Lengths of time, as people write them: `30d`, `12h`, or a number of seconds.

use std::str::FromStr;
use std::time::Duration;

/// A length of time of at least one second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Length(u64);

/// The text is no length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a number of seconds, or one with a unit: 45s, 90m, 12h, 30d, 2w, 1y")]
pub(super) struct NoLength;

impl Length {
    pub(super) fn seconds(self) -> u64 {
        self.0
    }
}

impl From<Length> for Duration {
    fn from(length: Length) -> Self {
        Self::from_secs(length.0)
    }
}

impl FromStr for Length {
    type Err = NoLength;

    fn from_str(text: &str) -> Result<Self, NoLength> {
        let digits = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
        let (count, unit) = text.split_at_checked(digits).ok_or(NoLength)?;
        let unit: u64 = match unit {
            "" | "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            "w" => 604_800,
            "y" => 31_536_000,
            _ => return Err(NoLength),
        };
        let count: u64 = count.parse().map_err(|_| NoLength)?;
        count.checked_mul(unit).filter(|seconds| *seconds > 0).map(Self).ok_or(NoLength)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_as_people_write_them() {
        for (text, seconds) in [
            ("1", 1),
            ("45s", 45),
            ("90m", 5400),
            ("12h", 43_200),
            ("30d", 2_592_000),
            ("2w", 1_209_600),
            ("1y", 31_536_000),
        ] {
            assert_eq!(text.parse(), Ok(Length(seconds)), "{text}");
        }
        for text in
            ["", "0", "0d", "d", "-1", "+1", "1.5h", "1 d", "30D", "1mo", "1h30m", "٣d", "18446744073709551615y"]
        {
            assert_eq!(text.parse::<Length>(), Err(NoLength), "{text}");
        }
    }
}
