//! Discord's tokens of one user, and how they are kept.

use super::{AccessToken, RefreshToken, Sealed, SealingKeys, Unopened, UserId};

const PURPOSE: &str = "discord grant";

/// What opens a user's part of Discord's API, and what renews it.
#[derive(Debug)]
pub struct Tokens {
    /// Opens.
    pub access: AccessToken,
    /// Renews, once.
    pub refresh: RefreshToken,
}

impl Tokens {
    /// As they are stored: bound to the user, so that one user's grant put in another's place does not open.
    pub fn seal(&self, user_id: UserId, keys: &SealingKeys, nonce: [u8; 12]) -> Result<Sealed, Unopened> {
        let plain = serde_json::to_vec(&[self.access.reveal(), self.refresh.reveal()]).map_err(|_| Unopened)?;
        keys.seal(PURPOSE, user_id, &zeroize::Zeroizing::new(plain), nonce)
    }

    /// Reads what [`Tokens::seal`] made for the same user.
    pub fn open(user_id: UserId, keys: &SealingKeys, sealed: &Sealed) -> Result<Self, Unopened> {
        let plain = keys.open(PURPOSE, user_id, sealed)?;
        let [access, refresh]: [String; 2] = serde_json::from_slice(&plain).map_err(|_| Unopened)?;
        Ok(Self { access: AccessToken::new(access), refresh: RefreshToken::new(refresh) })
    }
}
