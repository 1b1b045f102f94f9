//! The nouns of an authorization request (RFC 6749, RFC 7636).

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::secret::secret;

/// A value of an authorization request has not the form that it must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MalformedCode(&'static str);

secret! {
    /// An authorization code: single use, 1 to 512 visible ASCII characters.
    #[derive(JsonSchema)]
    #[schemars(with = "String", inline, extend("pattern" = "^[!-~]{1,512}$", "examples" = ["NhhvTDYsFcdgNLnnLijcl7Ku7bEEeee"]))]
    AuthorizationCode
}

secret! {
    /// A PKCE code verifier: 43 to 128 unreserved characters (RFC 7636, section 4.1).
    #[derive(JsonSchema)]
    #[schemars(
        with = "String",
        inline,
        extend("pattern" = "^[A-Za-z0-9._~-]{43,128}$", "examples" = ["dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"])
    )]
    CodeVerifier
}

impl CodeVerifier {
    /// What is shown of it beforehand: its SHA-256 (RFC 7636, section 4.2).
    pub fn challenge(&self) -> Result<CodeChallenge, MalformedCode> {
        let hash = Sha256::digest(self.reveal());
        URL_SAFE_NO_PAD.encode(hash).parse()
    }
}

impl FromStr for AuthorizationCode {
    type Err = MalformedCode;

    fn from_str(text: &str) -> Result<Self, MalformedCode> {
        let fits = (1..=512).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits {
            Ok(Self::new(text.to_owned()))
        } else {
            Err(MalformedCode("must be 1 to 512 visible ASCII characters"))
        }
    }
}

impl FromStr for CodeVerifier {
    type Err = MalformedCode;

    fn from_str(text: &str) -> Result<Self, MalformedCode> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        let fits = (43..=128).contains(&text.len()) && text.bytes().all(unreserved);
        if fits {
            Ok(Self::new(text.to_owned()))
        } else {
            Err(MalformedCode("must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~"))
        }
    }
}

macro_rules! deserialize_secret {
    ($($name:ident)*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
deserialize_secret! { AuthorizationCode CodeVerifier }

/// A PKCE code challenge of method `S256`: 43 characters of base64url.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(
    inline,
    extend("pattern" = "^[A-Za-z0-9_-]{43}$", "examples" = ["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"])
)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CodeChallenge {
    type Err = MalformedCode;

    fn from_str(text: &str) -> Result<Self, MalformedCode> {
        let base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let fits = text.len() == 43 && text.bytes().all(base64url);
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(MalformedCode("must be 43 characters of base64url: the SHA-256 of the verifier"))
        }
    }
}

/// The code challenge method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(inline)]
pub enum ChallengeMethod {
    /// SHA-256. `plain` is not supported (RFC 7636, section 7.2).
    S256,
}

impl FromStr for ChallengeMethod {
    type Err = MalformedCode;

    fn from_str(text: &str) -> Result<Self, MalformedCode> {
        if text == "S256" { Ok(Self::S256) } else { Err(MalformedCode("must be S256")) }
    }
}

/// A value that is returned unchanged with the code: at most 512 characters.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(inline, extend("maxLength" = 512, "examples" = ["af0ifjsldkj"]))]
pub struct State(String);

impl State {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for State {
    type Err = MalformedCode;

    fn from_str(text: &str) -> Result<Self, MalformedCode> {
        if text.chars().nth(512).is_none() {
            Ok(Self(text.to_owned()))
        } else {
            Err(MalformedCode("must have at most 512 characters"))
        }
    }
}

/// Whether Discord asks again for consent that the user has given before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(inline, rename_all = "snake_case")]
pub enum Prompt {
    /// Always ask for consent.
    Consent,
    /// Skip the consent screen if possible.
    None,
}

impl Prompt {
    /// Its name in the URL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::None => "none",
        }
    }
}

impl FromStr for Prompt {
    type Err = MalformedCode;

    fn from_str(text: &str) -> Result<Self, MalformedCode> {
        match text {
            "consent" => Ok(Self::Consent),
            "none" => Ok(Self::None),
            _ => Err(MalformedCode("must be consent or none")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_that_of_rfc_7636_appendix_b() {
        let verifier: CodeVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".parse().unwrap();
        assert_eq!(verifier.challenge().unwrap().as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_verifier_has_the_bounds_of_rfc_7636() {
        for (text, fits) in [
            ("a".repeat(42), false),
            ("a".repeat(43), true),
            ("-._~".repeat(32), true),
            ("a".repeat(129), false),
            (format!("{}=", "a".repeat(43)), false),
            (format!("{}+", "a".repeat(43)), false),
            (format!("{}é", "a".repeat(43)), false),
        ] {
            assert_eq!(text.parse::<CodeVerifier>().is_ok(), fits, "{text}");
        }
    }
}
