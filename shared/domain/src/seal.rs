//! Sealing what is kept for others: AES-256-GCM, with the key's id, what it is and whose it is bound in.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, MAX_TAG_LEN, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf;

use super::{AppId, GuildId, UserId};

const KEY_ID_LEN: usize = 4;

/// The text is too short to make a key of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have at least 43 characters: 256 bits in base62 or base64")]
pub struct MalformedKey;

/// What was sealed does not open: another key, another owner, or changed on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("does not open with any sealing key for that owner")]
pub struct Unopened;

/// Whose what is sealed is. What is of one kind of owner has a purpose of its own, so that equal numbers do no harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A user's.
    User(UserId),
    /// A guild's.
    Guild(GuildId),
    /// An app's.
    App(AppId),
    /// Of somebody who has not said who they are.
    Nobody,
}

impl Owner {
    fn bytes(self) -> Vec<u8> {
        match self {
            Self::User(id) => id.get().to_be_bytes().to_vec(),
            Self::Guild(id) => id.get().to_be_bytes().to_vec(),
            Self::App(id) => id.as_bytes().to_vec(),
            Self::Nobody => vec![],
        }
    }
}

impl From<UserId> for Owner {
    fn from(id: UserId) -> Self {
        Self::User(id)
    }
}

impl From<GuildId> for Owner {
    fn from(id: GuildId) -> Self {
        Self::Guild(id)
    }
}

impl From<AppId> for Owner {
    fn from(id: AppId) -> Self {
        Self::App(id)
    }
}

/// Key id, nonce, ciphertext and tag, as they are stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// As it was stored.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// One key, made from the operator's text by HKDF-SHA-256 (RFC 5869); its id comes from the same text, so nobody has to name keys.
pub struct SealingKey {
    id: [u8; KEY_ID_LEN],
    key: LessSafeKey,
}

impl SealingKey {
    /// The key of a text of at least 43 random characters.
    pub fn from_text(text: &str) -> Result<Self, MalformedKey> {
        if text.len() < 43 {
            return Err(MalformedKey);
        }
        let derive = |purpose: &[u8], out: &mut [u8]| {
            let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"guildpass sealing key");
            let (prk, length) = (salt.extract(text.as_bytes()), out.len());
            prk.expand(&[purpose], Length(length)).and_then(|okm| okm.fill(out)).map_err(|_| MalformedKey)
        };
        let (mut id, mut key) = ([0; KEY_ID_LEN], zeroize::Zeroizing::new([0; 32]));
        derive(b"id", &mut id)?;
        derive(b"key", key.as_mut())?;
        let key = UnboundKey::new(&AES_256_GCM, key.as_ref()).map_err(|_| MalformedKey)?;
        Ok(Self { id, key: LessSafeKey::new(key) })
    }

    fn aad(&self, purpose: &str, owner: Owner) -> Aad<Vec<u8>> {
        Aad::from([b"guildpass v1 ", purpose.as_bytes(), &[0], &self.id, &owner.bytes()].concat())
    }
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKey(redacted)")
    }
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// The key that seals, and those that still open what they sealed before.
#[derive(Debug)]
pub struct SealingKeys {
    current: SealingKey,
    older: Vec<SealingKey>,
}

impl SealingKeys {
    /// The ring of these keys.
    pub fn new(current: SealingKey, older: Vec<SealingKey>) -> Self {
        Self { current, older }
    }

    /// Seals `plain` for `owner` with the current key. A nonce must never come twice: 12 random bytes.
    pub fn seal(
        &self,
        purpose: &str,
        owner: impl Into<Owner>,
        plain: &[u8],
        nonce: [u8; NONCE_LEN],
    ) -> Result<Sealed, Unopened> {
        let aad = self.current.aad(purpose, owner.into());
        let SealingKey { id, key } = &self.current;
        let mut text = plain.to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut text).map_err(|_| Unopened)?;
        Ok(Sealed([id.as_slice(), &nonce, &text].concat()))
    }

    /// Opens what was sealed for the same purpose and owner, with whichever key sealed it.
    pub fn open(
        &self,
        purpose: &str,
        owner: impl Into<Owner>,
        sealed: &Sealed,
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, Unopened> {
        let (id, rest) = sealed.0.split_first_chunk::<KEY_ID_LEN>().ok_or(Unopened)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE_LEN>().ok_or(Unopened)?;
        let key = std::iter::once(&self.current).chain(&self.older).find(|key| key.id == *id).ok_or(Unopened)?;
        let mut text = zeroize::Zeroizing::new(text.to_vec());
        key.key
            .open_in_place(Nonce::assume_unique_for_key(*nonce), key.aad(purpose, owner.into()), &mut text)
            .map_err(|_| Unopened)?;
        let length = text.len().saturating_sub(MAX_TAG_LEN);
        text.truncate(length);
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: UserId = UserId::new(1);
    const BEN: UserId = UserId::new(2);

    fn key(letter: &str) -> SealingKey {
        SealingKey::from_text(&letter.repeat(43)).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_for_its_owner_and_purpose_alone() {
        let keys = SealingKeys::new(key("a"), vec![]);
        let sealed = keys.seal("grant", ANNA, b"token", [1; 12]).unwrap();
        assert!(!sealed.as_bytes().windows(5).any(|window| window == b"token"));
        assert_eq!(keys.open("grant", ANNA, &sealed).unwrap().as_slice(), b"token");
        assert_eq!(keys.open("grant", BEN, &sealed), Err(Unopened));
        assert_eq!(keys.open("app token", ANNA, &sealed), Err(Unopened));
    }

    #[test]
    fn a_changed_byte_is_noticed_wherever_it_is() {
        let keys = SealingKeys::new(key("a"), vec![]);
        let sealed = keys.seal("grant", ANNA, b"token", [1; 12]).unwrap();
        for place in 0..sealed.0.len() {
            let mut bytes = sealed.0.clone();
            bytes[place] ^= 1;
            assert_eq!(keys.open("grant", ANNA, &Sealed(bytes)), Err(Unopened), "{place}");
        }
        assert_eq!(keys.open("grant", ANNA, &Sealed(vec![])), Err(Unopened));
    }

    #[test]
    fn an_older_key_still_opens_and_the_new_one_seals() {
        let sealed = SealingKeys::new(key("a"), vec![]).seal("grant", ANNA, b"old", [1; 12]).unwrap();
        let both = SealingKeys::new(key("b"), vec![key("a")]);
        assert_eq!(both.open("grant", ANNA, &sealed).unwrap().as_slice(), b"old");
        let anew = both.seal("grant", ANNA, b"new", [2; 12]).unwrap();
        assert_eq!(SealingKeys::new(key("b"), vec![]).open("grant", ANNA, &anew).unwrap().as_slice(), b"new");
    }

    #[test]
    fn a_short_text_is_no_key() {
        assert!(matches!(SealingKey::from_text(&"a".repeat(42)), Err(MalformedKey)));
    }
}
