//! Apps: third-party applications that are registered in the developer portal.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{AppId, Name, Sealed, SealingKeys, Token, Unopened, UserId};

const PURPOSE: &str = "app token";

/// One app.
#[derive(Clone, Debug)]
pub struct App {
    /// Which.
    pub id: AppId,
    /// What people see it called.
    pub name: Name,
    /// Where its logo is; never fetched by us.
    pub logo_url: Option<LogoUrl>,
    /// Whether its owner alone may authorize it.
    pub private: bool,
    /// Whether an operator has looked at its name and logo: a badge, lost when one of them changes.
    pub verified: bool,
    /// Whether an operator lets it introspect tokens and sign users in from a server: a right, apart from the badge.
    pub trusted: bool,
    /// Whose it is.
    pub owner_id: UserId,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
}

impl App {
    /// Whether a user may know of it and authorize it.
    pub fn is_open_to(&self, user_id: UserId) -> bool {
        !self.private || self.owner_id == user_id
    }
}

/// An app's token as it is kept to be shown again: bound to the app, so that it does not open in another one's place.
pub fn seal_app_token(token: &Token, app: AppId, keys: &SealingKeys, nonce: [u8; 12]) -> Result<Sealed, Unopened> {
    keys.seal(PURPOSE, app, token.reveal().as_bytes(), nonce)
}

/// Reads what [`seal_app_token`] made for the same app.
pub fn open_app_token(sealed: &Sealed, app: AppId, keys: &SealingKeys) -> Result<Token, Unopened> {
    let plain = keys.open(PURPOSE, app, sealed)?;
    let text = std::str::from_utf8(&plain).map_err(|_| Unopened)?;
    Ok(Token::new(text.to_owned()))
}

/// The URL of an app's logo: https, at most 2048 characters, without credentials, normalized.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(
    !try_from,
    inline,
    extend(
        "format" = "uri",
        "pattern" = "^[Hh][Tt][Tt][Pp][Ss]://",
        "maxLength" = Self::MOST_CHARS,
        "examples" = ["https://cases.example/logo.png"]
    )
)]
pub struct LogoUrl(String);

/// The text cannot be a logo's URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an https URL of at most 2048 characters")]
pub struct UnfitLogo;

impl LogoUrl {
    const MOST_CHARS: usize = 2048;

    /// The URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for LogoUrl {
    type Error = UnfitLogo;

    fn try_from(text: String) -> Result<Self, UnfitLogo> {
        // The URL standard drops tabs and line ends, and lets `https:host` pass: what people read would not be where it goes.
        let has_space = text.chars().any(|char| char.is_whitespace() || char.is_control());
        let begins = text.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"));
        let url = Url::parse(&text).map_err(|_| UnfitLogo)?;
        let fits = begins && !has_space && url.username().is_empty() && url.password().is_none();
        let url = String::from(url);
        let is_short = text.len() <= Self::MOST_CHARS && url.len() <= Self::MOST_CHARS;
        if fits && is_short { Ok(Self(url)) } else { Err(UnfitLogo) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SealingKey;

    #[test]
    fn a_logo_is_an_https_url_as_it_reads() {
        let logo = |text: &str| LogoUrl::try_from(text.to_owned()).map(|logo| logo.0);
        assert_eq!(logo("https://cdn.example/a.png?x=1").as_deref(), Ok("https://cdn.example/a.png?x=1"));
        assert_eq!(logo("HTTPS://CDN.example").as_deref(), Ok("https://cdn.example/"));
        assert_eq!(logo("https://bücher.example/\"ü").as_deref(), Ok("https://xn--bcher-kva.example/%22%C3%BC"));
        let long = format!("https://cdn.example/{}", "a".repeat(2029));
        assert!(logo(&long[..2048]).is_ok());
        for text in [
            "",
            "https://",
            "https:cdn.example/a.png",
            "https:/\\cdn.example",
            "http://cdn.example/a.png",
            "javascript:alert(1)",
            "data:image/png;base64,AAAA",
            "//cdn.example/a.png",
            "/a.png",
            "https://trusted@evil.example/a.png",
            "https://:secret@evil.example/a.png",
            "https://cdn.\texample/a.png",
            " https://cdn.example/a.png",
            "https://cdn.example/a b.png",
            &long,
        ] {
            assert_eq!(logo(text), Err(UnfitLogo), "{text:?}");
        }
    }

    #[test]
    fn a_sealed_token_opens_for_its_app_alone() {
        let keys = SealingKeys::new(SealingKey::from_text(&"k".repeat(43)).unwrap(), vec![]);
        let [one, other] = [[1; 10], [2; 10]].map(|random| AppId::new(DateTime::UNIX_EPOCH, random));
        let token = Token::for_app(one, [7; 32]);
        let sealed = seal_app_token(&token, one, &keys, [1; 12]).unwrap();
        assert_eq!(open_app_token(&sealed, one, &keys).unwrap().reveal(), token.reveal());
        assert!(open_app_token(&sealed, other, &keys).is_err());
    }
}
