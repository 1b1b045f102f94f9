//! Names that people give.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text;

/// The name of an API token or app: 1 to 64 characters after trimming, at most 256 bytes. At least one
/// visible character, no control or text direction characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(
    !try_from,
    inline,
    extend("minLength" = 1, "maxLength" = Self::MOST_CHARS, "pattern" = text::HONEST, "examples" = ["Nightly backup"])
)]
pub struct Name(String);

/// The text cannot be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 64 visible characters, without control or text direction characters")]
pub struct UnfitName;

impl Name {
    const MOST_CHARS: usize = 64;

    /// A name that was taken before: rules that came later do not take it away.
    pub fn kept(text: String) -> Result<Self, UnfitName> {
        let fits = !text.is_empty() && text.chars().nth(Self::MOST_CHARS).is_none();
        if fits { Ok(Self(text)) } else { Err(UnfitName) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = UnfitName;

    fn try_from(text: String) -> Result<Self, UnfitName> {
        let name = text.trim();
        let fits = name.chars().nth(Self::MOST_CHARS).is_none() && text::is_honest(name);
        if fits { Ok(Self(name.to_owned())) } else { Err(UnfitName) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_and_do_not_deceive() {
        let name = |text: &str| Name::try_from(text.to_owned()).map(|name| name.0);
        assert_eq!(name("  Nightly backup \n"), Ok("Nightly backup".into()));
        assert_eq!(name("<script>alert(1)</script>").as_deref(), Ok("<script>alert(1)</script>"));
        assert_eq!(name("=1+1").as_deref(), Ok("=1+1"));
        assert_eq!(name("👩‍🚀").as_deref(), Ok("👩‍🚀"), "joined emoji are one picture");
        assert!(name(&"ä".repeat(64)).is_ok());
        for text in [
            "",
            "   ",
            &"a".repeat(65),
            "a\u{202E}b",
            "a\u{2066}b",
            "a\u{200B}b",
            "\u{200D}\u{200D}",
            "a\0b",
            "a\nb",
            "a\u{7F}",
            "\u{FEFF}a",
            "\u{3164}",
            "An\u{00AD}na",
            "Anna\u{3164}",
            "Anna\u{2800}Admin",
            "Ad\u{200D}min",
            "Admin\u{FE0F}",
            "Admin\u{E0041}",
            "\u{115F}Admin",
            "Ad\u{180E}min",
        ] {
            assert_eq!(name(text), Err(UnfitName), "{text:?}");
        }
    }
}
