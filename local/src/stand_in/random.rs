//! Fresh codes and tokens.

use ring::rand::{SecureRandom, SystemRandom};

use super::Error;
use super::grants::FreshTokens;

const ALPHANUMERIC: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Thirty letters and digits, as in Discord's documents.
pub(crate) fn code() -> Result<String, Error> {
    alphanumeric::<30>()
}

pub(crate) fn tokens() -> Result<FreshTokens, Error> {
    Ok(FreshTokens { access_token: alphanumeric::<30>()?, refresh_token: alphanumeric::<32>()? })
}

/// The bias of the remainder is of no concern to a stand-in.
fn alphanumeric<const LENGTH: usize>() -> Result<String, Error> {
    let mut bytes = [0u8; LENGTH];
    #[expect(
        clippy::disallowed_methods,
        reason = "the stand-in knows nothing of guildpass, its source of randomness included"
    )]
    let random = SystemRandom::new();
    random.fill(&mut bytes).map_err(|_unspecified| Error::Randomness)?;
    let letter = |byte: u8| ALPHANUMERIC.get(usize::from(byte) % ALPHANUMERIC.len()).copied().map(char::from);
    Ok(bytes.into_iter().filter_map(letter).collect())
}
