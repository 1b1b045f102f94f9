//! How long things live.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// 9999-12-31T23:59:59Z: no expiry is later, since RFC 3339 has no later year.
const LAST_MOMENT: DateTime<Utc> = DateTime::from_timestamp(253_402_300_799, 0).unwrap();

/// A life in whole seconds, `1..=9223372036854775`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, schemars::JsonSchema)]
#[serde(try_from = "u64")]
#[schemars(
    !try_from,
    with = "u64",
    inline,
    extend("minimum" = 1, "maximum" = 9_223_372_036_854_775_u64, "examples" = [2_592_000])
)]
pub struct Lifetime(TimeDelta);

/// The number of seconds is not one that a lifetime may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number of seconds from 1 to 9223372036854775")]
pub struct OutOfRange;

impl Lifetime {
    /// One hour.
    pub const HOUR: Self = Self(TimeDelta::hours(1));
    /// Fourteen days.
    pub const FORTNIGHT: Self = Self(TimeDelta::days(14));
}

impl TryFrom<u64> for Lifetime {
    type Error = OutOfRange;

    fn try_from(seconds: u64) -> Result<Self, OutOfRange> {
        let seconds = i64::try_from(seconds).map_err(|_| OutOfRange)?;
        match TimeDelta::try_seconds(seconds) {
            Some(delta) if seconds > 0 => Ok(Self(delta)),
            _ => Err(OutOfRange),
        }
    }
}

/// A moment as RFC 3339 writes it, in whole milliseconds. A later one than 9999-12-31T23:59:59Z is held at that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Until(DateTime<Utc>);

/// The text is not a moment of RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an RFC 3339 time like 2027-01-31T12:00:00Z")]
pub struct MalformedMoment;

impl TryFrom<String> for Until {
    type Error = MalformedMoment;

    fn try_from(text: String) -> Result<Self, MalformedMoment> {
        let moment = DateTime::parse_from_rfc3339(&text).map_err(|_| MalformedMoment)?;
        Ok(Self(moment.to_utc().trunc_subsecs(3).min(LAST_MOMENT)))
    }
}

/// When something is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Not by itself.
    Never,
    /// A while after it is made.
    After(Lifetime),
    /// At a moment.
    At(Until),
}

impl End {
    /// The end of something that is made `now`.
    pub fn of_what_is_made(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Never => None,
            Self::After(lifetime) => Some(expiry_after(now, lifetime)),
            Self::At(Until(moment)) => Some(moment),
        }
    }

    /// Whether something that is made `now` would have ended before.
    pub fn has_passed(self, now: DateTime<Utc>) -> bool {
        self.of_what_is_made(now).is_some_and(|moment| moment <= now)
    }
}

/// The moment at which something made `now` is dead. A later moment than 9999-12-31T23:59:59Z is held at that one.
pub fn expiry_after(now: DateTime<Utc>, lifetime: Lifetime) -> DateTime<Utc> {
    now.checked_add_signed(lifetime.0).map_or(LAST_MOMENT, |moment| moment.min(LAST_MOMENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_have_the_bounds_of_the_contract() {
        assert!(Lifetime::try_from(0).is_err());
        assert!(Lifetime::try_from(1).is_ok());
        assert!(Lifetime::try_from(9_223_372_036_854_775).is_ok());
        assert!(Lifetime::try_from(9_223_372_036_854_776).is_err());
        assert!(Lifetime::try_from(u64::MAX).is_err());
    }

    #[test]
    fn an_end_is_kept_to_the_millisecond_and_read_strictly() {
        let at = |text: &str| Until::try_from(text.to_owned()).map(|moment| moment.0.to_rfc3339());
        assert_eq!(at("2027-05-03T12:00:00.123Z").as_deref(), Ok("2027-05-03T12:00:00.123+00:00"));
        assert_eq!(at("2027-05-03T14:00:00.123999+02:00").as_deref(), Ok("2027-05-03T12:00:00.123+00:00"));
        assert_eq!(at("9999-12-31T23:59:59.999-12:00").as_deref(), Ok("9999-12-31T23:59:59+00:00"));
        for text in ["", "1", "2027-05-03", "2027-05-03T12:00:00", "+12027-05-03T12:00:00Z", "tomorrow"] {
            assert_eq!(at(text), Err(MalformedMoment), "{text:?}");
        }
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        assert!(End::At(Until(now)).has_passed(now) && !End::Never.has_passed(now));
    }

    #[test]
    fn nothing_expires_after_the_year_9999() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        for seconds in [253_402_300_799, 8_300_000_000_000, 9_223_372_036_854_775] {
            let expiry = expiry_after(now, Lifetime::try_from(seconds).unwrap());
            assert_eq!(expiry.to_rfc3339(), "9999-12-31T23:59:59+00:00");
        }
        assert_eq!(expiry_after(now, Lifetime::HOUR) - now, TimeDelta::hours(1));
    }
}
