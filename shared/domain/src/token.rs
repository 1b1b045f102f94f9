//! guildpass tokens: `<prefix>_<locator><secret><checksum>`, all base62.
//!
//! The plain token and its hash are two types: [`Token`] can be shown (once), [`TokenHash`] can be stored.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::secret::secret;
use super::{AppId, SessionId, SessionType, UserId, base62};

const USER_WIDTH: usize = 11;
const UUID_WIDTH: usize = 22;
const SECRET_WIDTH: usize = 32;
const CHECKSUM_WIDTH: usize = 6;
const PREFIX_WIDTH: usize = 4;
const APP_PREFIX: &str = "gpx_";

/// The text has not the form of any token that guildpass gives out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a guildpass token")]
pub struct MalformedToken;

secret! {
    /// A whole token, as its bearer holds it. Answered once, never stored.
    Token
}

impl Token {
    /// A session's token. `random` gives the secret part its 190 bits.
    pub fn for_session(kind: SessionType, user: UserId, session: SessionId, random: [u8; 32]) -> Self {
        let mut text = String::from(kind.token_prefix());
        base62::push(&mut text, user.get().into(), USER_WIDTH);
        base62::push(&mut text, session.number(), UUID_WIDTH);
        Self::seal_off(text, random)
    }

    /// An app's token.
    pub fn for_app(app: AppId, random: [u8; 32]) -> Self {
        let mut text = String::from(APP_PREFIX);
        base62::push(&mut text, app.number(), UUID_WIDTH);
        Self::seal_off(text, random)
    }

    /// Two halves of 16 characters, each 128 random bits modulo 62^16: the bias is below 2^-32.
    fn seal_off(mut text: String, random: [u8; 32]) -> Self {
        let (head, tail) = random.split_at(16);
        for half in [head, tail] {
            let number = half.iter().fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
            base62::push(&mut text, number, SECRET_WIDTH / 2);
        }
        let checksum = crc32fast::hash(text.as_bytes());
        base62::push(&mut text, checksum.into(), CHECKSUM_WIDTH);
        Self::new(text)
    }

    /// What is stored in its place.
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(self.reveal())
    }
}

/// SHA-256 of a whole token.
#[derive(Clone)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    fn of(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }

    /// The hash as it is stored; `None` unless it is 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether both are of the same token, in a time that tells nothing.
    pub fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash(redacted)")
    }
}

/// A token as somebody presented it: of the right form, and nothing more is known of it.
#[derive(Clone, Debug)]
pub enum Presented {
    /// A user's session.
    Session {
        /// Whose.
        user_id: UserId,
        /// Which.
        session_id: SessionId,
        /// To be compared with the stored one.
        hash: TokenHash,
    },
    /// An app.
    App {
        /// Which.
        app_id: AppId,
        /// To be compared with the stored one.
        hash: TokenHash,
    },
}

impl Presented {
    /// Reads a token. Prefix, length, alphabet and checksum are all decided here, before any database call.
    pub fn parse(text: &str) -> Result<Self, MalformedToken> {
        let (prefix, rest) = text.split_at_checked(PREFIX_WIDTH).ok_or(MalformedToken)?;
        let is_app = prefix == APP_PREFIX;
        if !is_app && !SessionType::ALL.iter().any(|kind| kind.token_prefix() == prefix) {
            return Err(MalformedToken);
        }

        let mut fields = Fields { rest };
        let user = if is_app { 0 } else { fields.take(USER_WIDTH)? };
        let id = fields.take(UUID_WIDTH)?;
        fields.take(SECRET_WIDTH / 2)?;
        fields.take(SECRET_WIDTH / 2)?;
        let checksum = fields.take(CHECKSUM_WIDTH)?;
        let body = text.len().checked_sub(CHECKSUM_WIDTH).and_then(|end| text.get(..end)).ok_or(MalformedToken)?;
        if !fields.rest.is_empty() || checksum != u128::from(crc32fast::hash(body.as_bytes())) {
            return Err(MalformedToken);
        }

        let hash = TokenHash::of(text);
        if is_app {
            return Ok(Self::App { app_id: AppId::from_number(id), hash });
        }
        let user_id = u64::try_from(user).map(UserId::new).map_err(|_| MalformedToken)?;
        Ok(Self::Session { user_id, session_id: SessionId::from_number(id), hash })
    }
}

struct Fields<'a> {
    rest: &'a str,
}

impl Fields<'_> {
    fn take(&mut self, width: usize) -> Result<u128, MalformedToken> {
        let (field, rest) = self.rest.split_at_checked(width).ok_or(MalformedToken)?;
        self.rest = rest;
        base62::read(field).ok_or(MalformedToken)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn token() -> Token {
        let session = SessionId::new(DateTime::UNIX_EPOCH, [9; 10]);
        Token::for_session(SessionType::Login, UserId::new(80_351_110_224_678_912), session, [0xA5; 32])
    }

    #[test]
    fn a_token_tells_whose_it_is() {
        let token = token();
        assert_eq!(token.reveal().len(), 75);
        let Ok(Presented::Session { user_id, session_id, hash }) = Presented::parse(token.reveal()) else {
            panic!("not a session token")
        };
        assert_eq!(user_id, UserId::new(80_351_110_224_678_912));
        assert_eq!(session_id, SessionId::new(DateTime::UNIX_EPOCH, [9; 10]));
        assert!(hash.is(&token.hash()));
    }

    #[test]
    fn one_changed_character_is_refused_wherever_it_is() {
        let token = token();
        for place in 0..token.reveal().len() {
            let mut bytes = token.reveal().as_bytes().to_vec();
            bytes[place] = if bytes[place] == b'x' { b'y' } else { b'x' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(Presented::parse(&changed).is_err(), "{place}");
        }
    }

    #[test]
    fn every_truncation_and_every_suffix_is_refused() {
        let token = token();
        for end in 0..token.reveal().len() {
            assert!(Presented::parse(&token.reveal()[..end]).is_err(), "{end}");
        }
        for suffix in ["0", " ", "\n", "ä"] {
            assert!(Presented::parse(&format!("{}{suffix}", token.reveal())).is_err());
        }
        assert!(Presented::parse("gplä").is_err());
    }

    #[test]
    fn secrets_do_not_show() {
        assert_eq!(format!("{:?} {:?}", token(), token().hash()), "Token(redacted) TokenHash(redacted)");
    }
}
