//! Redeeming a code of Discord's: once, and given back where Discord surely has not seen it.

use super::ApiError;
use crate::Context;
use crate::discord::{self, Grant};
use crate::domain::{AuthorizationCode, CodeVerifier, Profile, Scopes};
use crate::store::Claim;

impl Context {
    /// Who comes with a code, and what they granted. The code is burnt here before Discord sees it: of any number that redeem it at
    /// once, one gets to ask. Where Discord surely has not seen it, it is as good as before.
    pub async fn redeem(
        &self,
        code: &AuthorizationCode,
        redirect_uri: &str,
        verifier: Option<&CodeVerifier>,
    ) -> Result<(Profile, Grant), ApiError> {
        self.refuse_before(self.store()?.discord_pause().await?)?;
        let discord = self.discord_for(None).await?;
        let claim = self.store()?.burn_code(code, self.random()?, self.clock.now()).await?;
        let claim = claim.ok_or(ApiError::InvalidCode)?;

        let grant = match discord.exchange(code, redirect_uri, verifier).await {
            Ok(grant) => grant,
            Err(error) if error.was_not_processed() => return Err(self.released(claim, error.into()).await),
            Err(error) => return Err(lost_sign_in(error)),
        };
        let required = Scopes::required();
        if !grant.scopes.contain(&required) {
            return Err(ApiError::MissingScope { scopes: required.to_string(), sign_in: None });
        }
        let profile = discord.identify(&grant.tokens.access).await.map_err(lost_sign_in)?;
        Ok((profile, grant))
    }

    /// The answer to a sign-in that can be tried again, once what was burnt for it is released. If that fails, it cannot.
    pub(super) async fn released(&self, claim: Claim, error: ApiError) -> ApiError {
        let released = match self.store() {
            Ok(store) => store.release_claim(claim).await.map_err(ApiError::from),
            Err(error) => Err(error.into()),
        };
        match released {
            Ok(()) => error,
            Err(fault) => ApiError::lost_sign_in(fault),
        }
    }
}

/// A code that Discord refused is the user's to mend. After anything else nobody knows whether the code was used up.
fn lost_sign_in(error: discord::Error) -> ApiError {
    match error {
        discord::Error::Refused { refusal: discord::Refusal::Grant, .. } => ApiError::InvalidCode,
        error => ApiError::lost_sign_in(error),
    }
}
