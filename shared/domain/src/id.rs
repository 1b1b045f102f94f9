//! Ids. A snowflake parses from its one canonical text, a UUID from any of its usual spellings; both are printed in one.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The text is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a valid id")]
pub struct MalformedId;

// The pattern ends short of 2^64, at ids of the year 2150: nobody reads the regular expression of the exact number.
macro_rules! snowflake {
    ($(#[$doc:meta])* $name:ident, $example:literal) => {
        $(#[$doc])*
        ///
        /// A Discord snowflake: on every wire a decimal string, never a JSON number.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, schemars::JsonSchema)]
        #[schemars(with = "String", extend("pattern" = "^([1-9][0-9]{0,18}|1[0-7][0-9]{18})$", "examples" = [$example]))]
        pub struct $name(u64);

        impl $name {
            /// The id of that number.
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// Its number.
            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;

            fn from_str(text: &str) -> Result<Self, MalformedId> {
                let canonical = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
                if canonical { text.parse().map(Self).map_err(|_| MalformedId) } else { Err(MalformedId) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

snowflake! {
    /// A Discord user.
    UserId, "158908186768937126"
}

snowflake! {
    /// A Discord guild.
    GuildId, "272120529715212344"
}

snowflake! {
    /// A role in a Discord guild.
    RoleId, "272120529715212345"
}

macro_rules! uuid {
    ($(#[$doc:meta])* $name:ident, $example:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema)]
        #[serde(transparent)]
        #[schemars(
            with = "String",
            extend(
                "format" = "uuid",
                "pattern" = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
                "examples" = [$example]
            )
        )]
        pub struct $name(Uuid);

        impl $name {
            /// A new id: a UUID v7, so that ids sort by the time they were made.
            pub fn new(now: DateTime<Utc>, random: [u8; 10]) -> Self {
                let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// Its 16 bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id of those 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            pub(super) const fn from_number(number: u128) -> Self {
                Self(Uuid::from_u128(number))
            }

            pub(super) const fn number(self) -> u128 {
                self.0.as_u128()
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;

            fn from_str(text: &str) -> Result<Self, MalformedId> {
                // Of the lengths with and without dashes: braces and `urn:uuid:` are for other places.
                let is_usual = matches!(text.len(), 32 | 36);
                Uuid::try_parse(text).ok().filter(|_| is_usual).map(Self).ok_or(MalformedId)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid! {
    /// One session of a user.
    SessionId, "01a2004b-4faa-7d93-9930-3660290609f1"
}

uuid! {
    /// An app registered in the developer portal.
    AppId, "01a2004b-63c8-7f40-8d0c-92b1e7f3a5d6"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_has_one_spelling() {
        assert_eq!("80351110224678912".parse(), Ok(UserId::new(80_351_110_224_678_912)));
        for text in ["", "0", "01", "+1", "-1", "1 ", "1e3", "18446744073709551616", "١"] {
            assert_eq!(text.parse::<UserId>(), Err(MalformedId), "{text:?}");
        }
    }

    #[test]
    fn a_uuid_is_read_in_any_case_with_or_without_dashes_and_printed_in_one_way() {
        let id = SessionId::new(DateTime::UNIX_EPOCH, [0xAB; 10]);
        let (printed, simple) = (id.to_string(), id.0.simple().to_string());
        for text in [&*printed, &simple, &printed.to_uppercase(), &simple.to_uppercase(), &mixed(&printed)] {
            assert_eq!(text.parse(), Ok(id), "{text:?}");
            assert_eq!(text.parse::<SessionId>().unwrap().to_string(), printed);
        }
        for text in [
            "",
            &format!("{{{id}}}"),
            &format!("urn:uuid:{id}"),
            &printed.replacen('-', "", 1),
            &format!("-{simple}"),
            &format!("{printed} "),
            &printed[1..],
            &simple[1..],
            &simple.replacen('a', "g", 1),
            &simple.replacen('a', "à", 1),
        ] {
            assert_eq!(text.parse::<SessionId>(), Err(MalformedId), "{text:?}");
        }
    }

    fn mixed(text: &str) -> String {
        let char = |(place, char): (usize, char)| if place % 2 == 0 { char.to_ascii_uppercase() } else { char };
        text.chars().enumerate().map(char).collect()
    }
}
