//! Where randomness comes from: an argument of whatever needs it.

/// Where randomness comes from.
pub trait Entropy: Send + Sync {
    /// Fills `out` with random bytes that nobody can guess.
    fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy>;
}

/// The system gives no randomness.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the system gives no randomness")]
pub struct NoEntropy;

/// The system's randomness.
#[derive(Clone, Debug)]
pub struct SystemEntropy(ring::rand::SystemRandom);

impl SystemEntropy {
    /// The system's randomness.
    #[expect(clippy::disallowed_methods, reason = "the one place that makes a source of randomness")]
    pub fn new() -> Self {
        Self(ring::rand::SystemRandom::new())
    }
}

impl Default for SystemEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy> {
        ring::rand::SecureRandom::fill(&self.0, out).map_err(|_| NoEntropy)
    }
}
