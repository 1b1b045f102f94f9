//! Signing in with a browser, for our own pages: to Discord with a sealed cookie, back with the code and that cookie.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use lambda_http::http::HeaderMap;

use super::answer::{redirect, see_other};
use super::cookie::SignInCookie;
use super::endpoint::Seen;
use super::{ApiError, Bans, Request, Response};
use crate::Context;
use crate::discord::{AuthorizeRequest, Grant};
use crate::domain::{
    AuthorizationCode, BrowserSignIn, Profile, Prompt, ReturnTo, Scopes, Sealed, SealingKeys, Session, Token,
};
use crate::pages::Retry;

/// Where Discord sends browsers back to; has to be among the redirects of the application at Discord.
pub const CALLBACK: &str = "/oauth2/callback";

/// How many sign-ins a browser can have under way.
const MAX_SIGN_INS: usize = 8;
/// How large their cookies can be together: API Gateway refuses requests with more than 10,240 bytes of headers.
const MAX_SIGN_IN_BYTES: usize = 6_000;

const LOST: &str = "Invalid or expired `state`. Start the sign-in again.";

impl Context {
    /// Sends a browser to Discord, which asks only whom it has not asked before unless `prompt` says otherwise. Nothing is written: what
    /// it has to bring back travels with it, beside what other sign-ins of this browser do.
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
        authorize.prompt = Some(prompt.unwrap_or(Prompt::None));
        authorize.code_challenge = Some(&challenge);

        let keys = self.sealing_keys().await?;
        let sealed = begun.seal(&keys, self.random()?).map_err(ApiError::internal)?;
        let mut response = redirect(&authorize.url(&application.url))?;
        self.set_sign_in_cookie(request.headers(), &mut response, &begun, &sealed, &keys)?;
        Ok(response)
    }

    /// Adds a sign-in to those of a browser; the oldest give way where there are too many.
    fn set_sign_in_cookie(
        &self,
        headers: &HeaderMap,
        response: &mut Response,
        begun: &BrowserSignIn,
        sealed: &Sealed,
        keys: &SealingKeys,
    ) -> Result<(), ApiError> {
        let cookies = self.cookies();
        let value = URL_SAFE_NO_PAD.encode(sealed.as_bytes());
        let mut others: Vec<_> = cookies.sign_ins(headers).collect();
        // What does not open goes first: nobody can finish it.
        others.sort_by_key(|cookie| std::cmp::Reverse(begun_at(cookie, keys)));
        let (mut count, mut bytes) = (1, value.len());
        for cookie in others {
            (count, bytes) = (count + 1, bytes + cookie.value.len());
            if count > MAX_SIGN_INS || bytes > MAX_SIGN_IN_BYTES {
                cookies.clear_sign_in(response, cookie.id)?;
            }
        }
        let id =
            BrowserSignIn::id_of(begun.state.as_str()).ok_or_else(|| ApiError::internal("a state is too short"))?;
        cookies.set_sign_in(response, id, &value)
    }

    /// The sign-in of that state, if this browser has begun it and was not too slow; 400 if not.
    pub async fn begun_sign_in(&self, request: &Request, state: Option<&str>) -> Result<BrowserSignIn, ApiError> {
        let state = state.unwrap_or_default();
        let value = BrowserSignIn::id_of(state).and_then(|id| self.cookies().sign_in(request.headers(), id));
        let begun = match value.and_then(sealed_of) {
            Some(sealed) => self.opened(|keys| BrowserSignIn::open(&sealed, keys)).await?,
            None => None,
        };
        let Some(begun) = begun.filter(|begun| begun.has_state(state)) else { return Err(ApiError::malformed(LOST)) };
        retry_sign_in(request, begun.return_to.clone());
        if begun.is_expired(self.clock.now()) { Err(ApiError::malformed(LOST)) } else { Ok(begun) }
    }

    /// Who came back with a code in a browser, and what they granted; `None` when this sign-in was finished before, which is not
    /// counted. What Discord has not seen can be sent again.
    pub async fn redeem_once(
        &self,
        request: &Request,
        begun: &BrowserSignIn,
        code: &AuthorizationCode,
    ) -> Result<Option<(Profile, Grant)>, ApiError> {
        let redirect_uri = self.callback_uri(request)?;
        let state = self.store()?.burn_state(&begun.state, self.random()?, self.clock.now()).await?;
        let Some(state) = state else { return Ok(None) };
        let counted = match self.count_sign_in(request, None).await {
            Ok(counted) => counted,
            Err(error) => return Err(self.released(state, error).await),
        };
        let redeemed = self.redeem(code, &redirect_uri, Some(&begun.verifier)).await;
        match self.settle(counted, redeemed).await {
            Ok(redeemed) => Ok(Some(redeemed)),
            Err(error) if error.leaves_the_code() => Err(self.released(state, error).await),
            Err(error) => Err(error),
        }
    }

    /// Sends a browser on whose sign-in was finished before, by a reload or a second click, if it is signed in.
    pub async fn signed_in_before(&self, request: &Request, begun: &BrowserSignIn) -> Result<Response, ApiError> {
        match self.session(request, Bans::Exempt).await {
            Ok(_) => see_other(&begun.return_to),
            Err(ApiError::NoAuthToken | ApiError::InvalidToken) => Err(ApiError::malformed(LOST)),
            Err(error) => Err(error),
        }
    }

    /// Gives a browser its session and sends it to where it wanted to go. The sign-in's cookie stays for its ten minutes: it opens
    /// nothing any more, and by it the same callback once again knows where the person wanted to go.
    pub fn signed_in(&self, begun: &BrowserSignIn, session: &Session, token: &Token) -> Result<Response, ApiError> {
        let mut response = see_other(&begun.return_to)?;
        let life = session.expiry.signed_duration_since(session.created_at);
        self.cookies().set_session(&mut response, token.reveal(), life)?;
        Ok(response)
    }

    fn callback_uri(&self, request: &Request) -> Result<String, ApiError> {
        Ok(format!("{}{CALLBACK}", self.origin(request)?))
    }
}

/// Has the page of an error lead back to there, through another sign-in.
pub fn retry_sign_in(request: &Request, return_to: ReturnTo) {
    Seen::note_retry(request, Retry::SignIn(return_to));
}

fn sealed_of(value: &[u8]) -> Option<Sealed> {
    URL_SAFE_NO_PAD.decode(value).ok().map(Sealed::from_bytes)
}

fn begun_at(cookie: &SignInCookie<'_>, keys: &SealingKeys) -> Option<DateTime<Utc>> {
    let begun = BrowserSignIn::open(&sealed_of(cookie.value)?, keys).ok()?;
    Some(begun.begun_at())
}
