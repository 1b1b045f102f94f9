//! Rate limits.

use super::as_user::{BETWEEN_LOOKS, LOOKS};
use super::{ApiError, Request, source_address};
use crate::Context;
use crate::config::Rated;
use crate::domain::Limit;
use crate::store::{Attempt, Begun, KeptApp, Whom};

/// How long to wait where codes are being tried and do not come to an end.
const RETRY_BUSY: u64 = 1;

/// A sign-in that has been counted; its attempt, where refused codes count.
#[must_use = "an attempt that is not settled counts as refused"]
pub struct CountedSignIn(Option<Attempt>);

impl Context {
    /// Counts one for `whom`, or refuses. Called once nothing but the action is left to do, so that a refused request leaves no trace.
    pub async fn count(&self, rated: Rated, whom: &Whom) -> Result<(), ApiError> {
        let Some(limit) = self.rates.limit(rated) else { return Ok(()) };
        match self.seconds_until_free(rated, limit, whom).await? {
            None => Ok(()),
            Some(retry_after) => Err(ApiError::RateLimited { retry_after }),
        }
    }

    /// Counts a sign-in, or refuses: by the trusted app whose server sends it, else by its address. Codes that an app's server sends
    /// never count against the address that it has.
    pub async fn count_sign_in(
        &self,
        request: &Request,
        back_end: Option<&KeptApp>,
    ) -> Result<CountedSignIn, ApiError> {
        if let Some(kept) = back_end {
            self.count(Rated::AppSignIn, &Whom::App(kept.app.id)).await?;
            return Ok(CountedSignIn(None));
        }
        let address = source_address(request)?;
        let counted = CountedSignIn(self.begin_attempt(&address).await?);
        match self.count(Rated::SignIn, &Whom::Address(address)).await {
            Ok(()) => Ok(counted),
            Err(error) => self.settle(counted, Err(error)).await,
        }
    }

    /// Hands on what became of a counted sign-in. If its code was refused, it stays counted as that.
    pub async fn settle<T>(&self, counted: CountedSignIn, outcome: Result<T, ApiError>) -> Result<T, ApiError> {
        if let CountedSignIn(Some(attempt)) = counted {
            self.store()?.end_attempt(attempt, matches!(outcome, Err(ApiError::InvalidCode))).await;
        }
        outcome
    }

    /// An attempt from that address. While others are under way that may all be refused, it waits for its turn: were they let
    /// through, any number of made-up codes could be tried at once, and were they refused, so would be many who sign in at once.
    async fn begin_attempt(&self, address: &str) -> Result<Option<Attempt>, ApiError> {
        let Some(limit) = self.rates.limit(Rated::RefusedCode) else { return Ok(None) };
        let nonce = self.random()?;
        for _ in 0..LOOKS {
            let rated = (Rated::RefusedCode.name(), limit);
            match self.store()?.begin_attempt(rated, address, nonce, self.clock.now()).await? {
                Begun::Yes(attempt) => return Ok(Some(attempt)),
                Begun::Never(retry_after) => return Err(ApiError::RateLimited { retry_after }),
                Begun::Later => tokio::time::sleep(BETWEEN_LOOKS).await,
            }
        }
        Err(ApiError::RateLimited { retry_after: RETRY_BUSY })
    }

    /// Counts one for `whom`: `None` if it may pass.
    pub(super) async fn seconds_until_free(
        &self,
        rated: Rated,
        limit: Limit,
        whom: &Whom,
    ) -> Result<Option<u64>, ApiError> {
        let now = self.clock.now();
        Ok(self.store()?.count_in_window((rated.name(), limit), whom, self.random()?, now).await?)
    }
}
