//! Rate limits.

use super::ApiError;
use crate::Context;
use crate::config::Rated;
use crate::domain::Limit;
use crate::store::Whom;

impl Context {
    /// Counts one for `whom`, or refuses. Called once nothing but the action is left to do, so that a refused request leaves no trace.
    pub async fn count(&self, rated: Rated, whom: &Whom) -> Result<(), ApiError> {
        let Some(limit) = self.rates.limit(rated) else { return Ok(()) };
        match self.seconds_until_free(rated, limit, whom).await? {
            None => Ok(()),
            Some(retry_after) => Err(ApiError::RateLimited { retry_after }),
        }
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
