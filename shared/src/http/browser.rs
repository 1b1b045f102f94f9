//! Signing in with a browser, for our own pages: to Discord with a sealed cookie, back with the code and that cookie.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::answer::{redirect, see_other};
use super::cookie::{SESSION_COOKIE, SIGN_IN_COOKIE, clear_cookie, cookie, set_cookie};
use super::{ApiError, Request, Response};
use crate::Context;
use crate::discord::{AuthorizeRequest, Grant};
use crate::domain::{AuthorizationCode, BrowserSignIn, CodeVerifier, Prompt, ReturnTo, Scopes, Sealed, Session, Token};

/// Where Discord sends browsers back to; has to be among the redirects of the application at Discord.
pub const CALLBACK: &str = "/oauth2/callback";

const LOST: &str = "This sign-in was not begun in this browser, was finished before, or took longer than ten minutes.";

impl Context {
    /// Sends a browser to Discord. Nothing is written: what it has to bring back travels with it.
    pub async fn begin_sign_in(
        &self,
        request: &Request,
        return_to: ReturnTo,
        scopes: &Scopes,
        prompt: Option<Prompt>,
    ) -> Result<Response, ApiError> {
        let begun = BrowserSignIn::begin(return_to, self.clock.now(), self.random()?).map_err(ApiError::internal)?;
        let challenge = begun.challenge().map_err(ApiError::internal)?;
        let redirect_uri = self.callback_uri(request)?;

        let application = self.application()?;
        let mut authorize = AuthorizeRequest::new(&application.client_id, &redirect_uri, scopes);
        authorize.state = Some(&begun.state);
        authorize.prompt = prompt;
        authorize.code_challenge = Some(&challenge);

        let sealed = begun.seal(&*self.sealing_keys().await?, self.random()?).map_err(ApiError::internal)?;
        let mut response = redirect(&authorize.url(&application.url))?;
        set_cookie(&mut response, SIGN_IN_COOKIE, &URL_SAFE_NO_PAD.encode(sealed.as_bytes()), BrowserSignIn::LIFE)?;
        Ok(response)
    }

    /// The sign-in that this browser has begun, if `state` is that one's; 400 if not.
    pub async fn begun_sign_in(&self, request: &Request, state: Option<&str>) -> Result<BrowserSignIn, ApiError> {
        let value = cookie(request.headers(), SIGN_IN_COOKIE).ok().flatten();
        let sealed = value.and_then(|value| URL_SAFE_NO_PAD.decode(value).ok()).map(Sealed::from_bytes);
        let begun = match sealed {
            Some(sealed) => self.opened(|keys| BrowserSignIn::open(&sealed, keys, self.clock.now())).await?,
            None => None,
        };
        let own = begun.filter(|begun| state.is_some_and(|state| begun.has_state(state)));
        own.ok_or_else(|| ApiError::malformed(LOST))
    }

    /// What Discord grants for the code that a browser came back with, once.
    pub async fn redeem_once(
        &self,
        request: &Request,
        begun: &BrowserSignIn,
        code: &AuthorizationCode,
    ) -> Result<Grant, ApiError> {
        if !self.store()?.burn_state(&begun.state, self.random()?, self.clock.now()).await? {
            return Err(ApiError::malformed(LOST));
        }
        self.redeem(code, &self.callback_uri(request)?, Some(&begun.verifier)).await
    }

    /// What Discord grants for a code. The code is burnt here before Discord sees it: of any number that redeem it at once, one gets
    /// to ask.
    pub async fn redeem(
        &self,
        code: &AuthorizationCode,
        redirect_uri: &str,
        verifier: Option<&CodeVerifier>,
    ) -> Result<Grant, ApiError> {
        let discord = self.discord().await?;
        if !self.store()?.burn_code(code, self.random()?, self.clock.now()).await? {
            return Err(ApiError::InvalidCode);
        }

        let grant = discord.exchange(code, redirect_uri, verifier).await?;

        let required = Scopes::required();
        if grant.scopes.contain(&required) {
            Ok(grant)
        } else {
            Err(ApiError::MissingScope { scopes: required.to_string(), sign_in: None })
        }
    }

    /// Gives a browser its session and sends it to where it wanted to go.
    pub fn signed_in(&self, begun: &BrowserSignIn, session: &Session, token: &Token) -> Result<Response, ApiError> {
        let mut response = see_other(&begun.return_to)?;
        let life = session.expiry.signed_duration_since(session.created_at);
        set_cookie(&mut response, SESSION_COOKIE, token.reveal(), life)?;
        clear_cookie(&mut response, SIGN_IN_COOKIE)?;
        Ok(response)
    }

    fn callback_uri(&self, request: &Request) -> Result<String, ApiError> {
        Ok(format!("{}{CALLBACK}", self.origin(request)?))
    }
}
