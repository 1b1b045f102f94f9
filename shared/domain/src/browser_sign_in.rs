//! A sign-in that a browser has begun for our own pages: what it has to bring back with Discord's code.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::{CodeChallenge, CodeVerifier, Owner, Sealed, SealingKeys, State, Unopened};

const PURPOSE: &str = "browser sign-in";

/// State and PKCE verifier of one sign-in, and where it leads. It travels in a cookie, sealed, so that nothing is written before
/// the user has come back.
#[derive(Debug)]
pub struct BrowserSignIn {
    /// What Discord hands back with the code.
    pub state: State,
    /// What the code is bound to.
    pub verifier: CodeVerifier,
    /// Where the user goes when it is done.
    pub return_to: ReturnTo,
    begun_at: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
struct Plain<'a> {
    state: &'a str,
    verifier: &'a str,
    return_to: &'a str,
    begun_at: i64,
}

impl BrowserSignIn {
    /// How long the user may take at Discord.
    pub const LIFE: TimeDelta = TimeDelta::minutes(10);

    /// How many characters of the state name a sign-in among the others of its browser.
    const ID_CHARS: usize = 8;

    /// A sign-in that begins now.
    pub fn begin(return_to: ReturnTo, now: DateTime<Utc>, random: [u8; 64]) -> Result<Self, super::MalformedCode> {
        let (state, verifier) = random.split_at(32);
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        Ok(Self { state: text(state).parse()?, verifier: text(verifier).parse()?, return_to, begun_at: now })
    }

    /// As it stands in the cookie.
    pub fn seal(&self, keys: &SealingKeys, nonce: [u8; 12]) -> Result<Sealed, Unopened> {
        let plain = Plain {
            state: self.state.as_str(),
            verifier: self.verifier.reveal(),
            return_to: self.return_to.as_str(),
            begun_at: self.begun_at.timestamp_millis(),
        };
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(&plain).map_err(|_| Unopened)?);
        keys.seal(PURPOSE, Owner::Nobody, &plain, nonce)
    }

    /// Reads what [`BrowserSignIn::seal`] made, also when it has expired.
    pub fn open(sealed: &Sealed, keys: &SealingKeys) -> Result<Self, Unopened> {
        let plain = keys.open(PURPOSE, Owner::Nobody, sealed)?;
        let plain: Plain<'_> = serde_json::from_slice(&plain).map_err(|_| Unopened)?;
        let begun_at = DateTime::from_timestamp_millis(plain.begun_at).ok_or(Unopened)?;
        Ok(Self {
            state: plain.state.parse().map_err(|_| Unopened)?,
            verifier: plain.verifier.parse().map_err(|_| Unopened)?,
            return_to: plain.return_to.parse().map_err(|_| Unopened)?,
            begun_at,
        })
    }

    /// Names the sign-in of that state among those of one browser; `None` for a text that is no state of ours.
    pub fn id_of(state: &str) -> Option<&str> {
        state.get(..Self::ID_CHARS).filter(|id| Self::is_id(id.as_bytes()))
    }

    /// Whether this can be what [`BrowserSignIn::id_of`] gives.
    pub fn is_id(text: &[u8]) -> bool {
        text.len() == Self::ID_CHARS
            && text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    }

    /// When it began.
    pub fn begun_at(&self) -> DateTime<Utc> {
        self.begun_at
    }

    /// Whether the user took too long.
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        now.signed_duration_since(self.begun_at) >= Self::LIFE
    }

    /// Whether Discord handed back what this browser was given, in a time that tells nothing.
    pub fn has_state(&self, state: &str) -> bool {
        self.state.as_str().as_bytes().ct_eq(state.as_bytes()).into()
    }

    /// What Discord is told of the verifier.
    pub fn challenge(&self) -> Result<CodeChallenge, super::MalformedCode> {
        self.verifier.challenge()
    }
}

/// A path on this site, with its query. Starts with exactly one slash.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(
    inline,
    extend(
        "maxLength" = Self::MOST_CHARS,
        "pattern" = r"^/([!$-.0-;=?-\[\]-~][!$-;=?-\[\]-~]*)?$",
        "examples" = ["/sessions/manage"]
    )
)]
pub struct ReturnTo(String);

/// The text is no path on our own site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a path on this site, like /sessions/manage")]
pub struct NotOurs;

impl ReturnTo {
    const MOST_CHARS: usize = 2048;

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ReturnTo {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl FromStr for ReturnTo {
    type Err = NotOurs;

    fn from_str(text: &str) -> Result<Self, NotOurs> {
        let is_path = text.starts_with('/') && !text.starts_with("//");
        let is_plain =
            text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#' | b'<' | b'>' | b'"'));
        if is_path && is_plain && text.len() <= Self::MOST_CHARS { Ok(Self(text.to_owned())) } else { Err(NotOurs) }
    }
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SealingKey;

    fn keys() -> SealingKeys {
        SealingKeys::new(SealingKey::from_text(&"k".repeat(43)).unwrap(), vec![])
    }

    #[test]
    fn a_sign_in_comes_back_within_ten_minutes() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let begun = BrowserSignIn::begin("/portal?x=1".parse().unwrap(), now, [7; 64]).unwrap();
        let sealed = begun.seal(&keys(), [1; 12]).unwrap();
        let opened = BrowserSignIn::open(&sealed, &keys()).unwrap();
        assert!(!opened.is_expired(now + TimeDelta::seconds(599)) && opened.is_expired(now + TimeDelta::seconds(600)));
        assert!(opened.has_state(begun.state.as_str()) && !opened.has_state("") && !opened.has_state("other"));
        assert_eq!(opened.return_to.as_str(), "/portal?x=1");
        assert_eq!(opened.challenge(), begun.challenge());
        assert_eq!(opened.begun_at(), now);
    }

    #[test]
    fn a_state_names_its_sign_in_and_other_texts_name_none() {
        assert_eq!(BrowserSignIn::id_of("aB3-_xyz0123456789"), Some("aB3-_xyz"));
        for text in ["", "short", "a;b=cdef0123", "sieben ß", "aaaaaaaß", "a\tbcdefgh"] {
            assert_eq!(BrowserSignIn::id_of(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_return_stays_on_our_site() {
        for path in ["/", "/portal", "/authorize?app_id=1&permissions=A,B", "/a/b-c_d~e"] {
            assert_eq!(path.parse::<ReturnTo>().unwrap().as_str(), path);
        }
        for text in [
            "",
            "portal",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "/a\tb",
            "/\n/evil.example",
            " /portal",
            "/portal ",
            "/a#b",
            "/ü",
            &format!("/{}", "a".repeat(2048)),
        ] {
            assert_eq!(text.parse::<ReturnTo>(), Err(NotOurs), "{text:?}");
        }
    }
}
