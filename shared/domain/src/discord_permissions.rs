//! What a Discord user may do in a guild, as Discord counts it: a set of bits.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const ADMINISTRATOR: u64 = 1 << 3;
const MANAGE_GUILD: u64 = 1 << 5;

/// Discord's permission bits of one user in one guild. Bits that have no meaning to us are kept.
///
/// On every wire a decimal string: there are bits above the 53 that a JSON number is sure to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, JsonSchema)]
#[schemars(with = "String", inline, extend("pattern" = "^(0|[1-9][0-9]{0,19})$", "examples" = ["2147483647"]))]
pub struct DiscordPermissions(u64);

/// The text is no decimal number of 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a set of permission bits")]
pub struct MalformedPermissions;

impl DiscordPermissions {
    /// The set of those bits.
    pub const fn new(bits: u64) -> Self {
        Self(bits)
    }

    /// Its bits.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Whether its holder may manage the guild: by ADMINISTRATOR or by MANAGE_GUILD. Owners may too, whatever their bits say.
    pub const fn may_manage(self) -> bool {
        self.0 & (ADMINISTRATOR | MANAGE_GUILD) != 0
    }
}

impl FromStr for DiscordPermissions {
    type Err = MalformedPermissions;

    fn from_str(text: &str) -> Result<Self, MalformedPermissions> {
        let canonical = text == "0" || !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
        if canonical { text.parse().map(Self).map_err(|_| MalformedPermissions) } else { Err(MalformedPermissions) }
    }
}

impl fmt::Display for DiscordPermissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for DiscordPermissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DiscordPermissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_bit_is_enough_and_no_other_is() {
        for bit in 0..64 {
            assert_eq!(DiscordPermissions::new(1 << bit).may_manage(), bit == 3 || bit == 5, "bit {bit}");
        }
        assert!(!DiscordPermissions::default().may_manage());
        assert!(!DiscordPermissions::new(!0x28).may_manage());
        assert!(DiscordPermissions::new(u64::MAX).may_manage());
    }

    #[test]
    fn bits_above_what_a_json_number_holds_stay() {
        for bits in [0, 1, (1 << 53) + 1, 1 << 60, u64::MAX] {
            let permissions = DiscordPermissions::new(bits);
            let text = serde_json::to_string(&permissions).unwrap();
            assert_eq!(text, format!("\"{bits}\""));
            assert_eq!(serde_json::from_str::<DiscordPermissions>(&text).unwrap(), permissions);
        }
        for text in ["", "00", "08", "-1", "+1", "0x8", "1e3", " 8", "18446744073709551616"] {
            assert_eq!(text.parse::<DiscordPermissions>(), Err(MalformedPermissions), "{text:?}");
        }
        assert!(serde_json::from_str::<DiscordPermissions>("8").is_err());
    }
}
