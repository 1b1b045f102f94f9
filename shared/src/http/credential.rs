//! Credentials: from a request to the one who sent it. Every door of guildpass goes through here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_http::http::header::{AUTHORIZATION, ORIGIN};
use lambda_http::http::{HeaderMap, Method};

use super::cookie::Cookies;
use super::endpoint::Seen;
use super::page::viewer;
use super::query::decode;
use super::request::domain_name;
use super::{ApiError, Request, Response, no_content};
use crate::Context;
use crate::domain::{
    Account, AppId, Authorization, Presented, Session, SessionId, SessionType, Subject, TokenHash, UserId, UserState,
};
use crate::pages::Viewer;
use crate::seen::SeenCaller;
use crate::store::KeptApp;

/// What a ban means to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bans {
    /// A banned user is turned away.
    Refuse,
    /// One of the four endpoints that let a banned user see and end their sessions.
    Exempt,
}

/// The user whose live session a request came with.
#[derive(Debug)]
pub struct Caller {
    /// Who.
    pub account: Account,
    /// By which session.
    pub session: Session,
}

/// Whoever a token is of.
#[derive(Debug)]
pub enum Holder {
    /// A user.
    User(Caller),
    /// An app.
    App(KeptApp),
}

impl Holder {
    /// What the log says of them.
    pub(crate) fn seen(&self) -> SeenCaller {
        match self {
            Self::User(caller) => SeenCaller::User(caller.session.kind, caller.account.user_id),
            Self::App(app) => SeenCaller::App(app.app.id),
        }
    }
}

impl Context {
    /// The caller, by any session. One strongly consistent read decides: nothing is remembered from one request to the next, or a
    /// revoked session would go on working.
    pub async fn session(&self, request: &Request, bans: Bans) -> Result<Caller, ApiError> {
        match self.presented(request)? {
            Presented::Session { user_id, session_id, hash } => {
                self.session_by(request, bans, (user_id, session_id, &hash)).await
            }
            Presented::App { .. } => Err(ApiError::Restricted("Requires a user's session, not an app's token.")),
        }
    }

    /// The caller, by any session or by an app's token; a banned one is turned away. An app may send its id and its token with
    /// `Basic`, as OAuth clients do (RFC 6749, section 2.3.1).
    pub async fn anyone(&self, request: &Request) -> Result<Holder, ApiError> {
        if let Some(credentials) = authorization(request.headers())?.and_then(|value| of_scheme(value, "basic")) {
            if self.cookies().session(request.headers()).map_err(|_| two_credentials())?.is_some() {
                return Err(two_credentials());
            }
            let (app_id, hash) = client(credentials).ok_or(ApiError::InvalidClient)?;
            let app = self.app_by(request, app_id, &hash).await;
            return app.map(Holder::App).map_err(|error| match error {
                ApiError::InvalidToken => ApiError::InvalidClient,
                error => error,
            });
        }
        match self.presented(request)? {
            Presented::Session { user_id, session_id, hash } => {
                self.session_by(request, Bans::Refuse, (user_id, session_id, &hash)).await.map(Holder::User)
            }
            Presented::App { app_id, hash } => self.app_by(request, app_id, &hash).await.map(Holder::App),
        }
    }

    /// The trusted app whose server a request comes from, if it says so by its token in the header. A cookie says nothing of servers.
    pub async fn back_end(&self, request: &Request) -> Result<Option<KeptApp>, ApiError> {
        let Some(value) = authorization(request.headers())? else { return Ok(None) };
        let Presented::App { app_id, hash } = Presented::parse(bearer(value)?).map_err(|_| ApiError::InvalidToken)?
        else {
            return Err(NOT_AN_APP);
        };
        let app = self.app_by(request, app_id, &hash).await?;
        if app.app.trusted { Ok(Some(app)) } else { Err(ApiError::Restricted("Only trusted apps can do this.")) }
    }

    async fn session_by(
        &self,
        request: &Request,
        bans: Bans,
        (user_id, session_id, hash): (UserId, SessionId, &TokenHash),
    ) -> Result<Caller, ApiError> {
        let caller = self.live_session(user_id, session_id, hash).await?.ok_or(ApiError::InvalidToken)?;
        Seen::note_caller(request, SeenCaller::User(caller.session.kind, caller.session.user_id));
        Seen::note_viewer(request, &caller);
        if caller.account.state == UserState::Banned && bans == Bans::Refuse {
            return Err(ApiError::ApiBanned);
        }
        self.store()?.touch(&caller.session, self.clock.now()).await;
        Ok(caller)
    }

    async fn app_by(&self, request: &Request, app_id: AppId, hash: &TokenHash) -> Result<KeptApp, ApiError> {
        require_app(request, self.store()?.app(app_id).await?, hash)
    }

    /// Whose token a text is, while it opens doors: it is live, and its user, or its app's owner, is not banned. For those who ask on
    /// behalf of another service; to a session that counts as a use.
    pub async fn holder_of(&self, token: &str) -> Result<Option<Holder>, ApiError> {
        match Presented::parse(token) {
            Err(_) => Ok(None),
            Ok(Presented::Session { user_id, session_id, hash }) => {
                let caller = self.live_session(user_id, session_id, &hash).await?;
                let Some(caller) = caller.filter(|caller| caller.account.state == UserState::Normal) else {
                    return Ok(None);
                };
                self.store()?.touch(&caller.session, self.clock.now()).await;
                Ok(Some(Holder::User(caller)))
            }
            Ok(Presented::App { app_id, hash }) => {
                let app = self.store()?.app(app_id).await?;
                let app = app.filter(|app| app.token_hash.is(&hash) && !app.is_suspended);
                Ok(app.map(Holder::App))
            }
        }
    }

    async fn live_session(
        &self,
        user_id: UserId,
        session_id: SessionId,
        hash: &TokenHash,
    ) -> Result<Option<Caller>, ApiError> {
        let Some(found) = self.store()?.credential(user_id, session_id).await? else { return Ok(None) };
        let caller = Caller { account: found.account, session: found.session };
        let (now, valid_after) = (self.clock.now(), self.credentials.sessions_valid_after);
        let is_live = caller.session.is_live(caller.account.sign_outs, now, valid_after);
        Ok((found.token_hash.is(hash) && is_live).then_some(caller))
    }

    /// Who looks at a page that decides nothing, by the cookie; nobody while that cannot be said.
    pub(super) async fn viewer_by_cookie(&self, headers: &HeaderMap) -> Option<Viewer> {
        let cookie = self.cookies().session(headers).ok().flatten()?;
        let Ok(Presented::Session { user_id, session_id, hash }) = Presented::parse(std::str::from_utf8(cookie).ok()?)
        else {
            return None;
        };
        let caller = self.live_session(user_id, session_id, &hash).await.ok().flatten()?;
        Some(viewer(&caller))
    }

    /// The app whose token a request came with. One strongly consistent read decides.
    pub async fn app(&self, request: &Request) -> Result<KeptApp, ApiError> {
        let (app_id, hash) = self.presented_app(request)?;
        self.app_by(request, app_id, &hash).await
    }

    /// The same, with `subject`, and what the app was authorized for about it, in one read.
    pub async fn app_about(
        &self,
        request: &Request,
        subject: Result<Subject, ApiError>,
    ) -> Result<(KeptApp, Subject, Option<Authorization>), ApiError> {
        let (app_id, hash) = self.presented_app(request)?;
        let subject = match subject {
            Ok(subject) => subject,
            // The credential is judged first, also of a request that is malformed.
            Err(error) => return self.app_by(request, app_id, &hash).await.and(Err(error)),
        };
        let (found, authorization) = self.store()?.app_with_authorization(app_id, subject, self.clock.now()).await?;
        Ok((require_app(request, found, &hash)?, subject, authorization))
    }

    fn presented_app(&self, request: &Request) -> Result<(AppId, TokenHash), ApiError> {
        match self.presented(request)? {
            Presented::App { app_id, hash } => Ok((app_id, hash)),
            Presented::Session { .. } => Err(NOT_AN_APP),
        }
    }

    /// The one token that a request carries, in the header or in the cookie. Nowhere else is looked at.
    fn presented(&self, request: &Request) -> Result<Presented, ApiError> {
        let header = authorization(request.headers())?;
        let cookie = self.cookies().session(request.headers()).map_err(|_| two_credentials())?;
        let token = match (header, cookie) {
            (Some(_), Some(_)) => return Err(two_credentials()),
            (None, None) => return Err(ApiError::NoAuthToken),
            (Some(header), None) => bearer(header)?,
            (None, Some(cookie)) => {
                self.refuse_other_sites(request)?;
                std::str::from_utf8(cookie).map_err(|_| ApiError::InvalidToken)?
            }
        };
        Presented::parse(token).map_err(|_| ApiError::InvalidToken)
    }

    /// A browser sends our cookie along with other sites' requests too, but says from where.
    fn refuse_other_sites(&self, request: &Request) -> Result<(), ApiError> {
        if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
            return Ok(());
        }
        let mut origins = request.headers().get_all(ORIGIN).iter();
        match (origins.next(), origins.next(), self.own_origin(request)) {
            (Some(origin), None, Some(own)) if origin.as_bytes() == own.as_bytes() => Ok(()),
            _ => Err(ApiError::CrossOrigin),
        }
    }

    /// The caller, by a session that came from signing in: API tokens cannot do everything.
    pub async fn login(&self, request: &Request, bans: Bans) -> Result<Caller, ApiError> {
        let caller = self.session(request, bans).await?;
        match caller.session.kind {
            SessionType::Login | SessionType::AppLogin => Ok(caller),
            SessionType::Api => Err(ApiError::Restricted("An API token cannot do this. Sign in.")),
        }
    }

    /// Refuses who is no operator.
    pub fn require_operator(&self, caller: &Caller) -> Result<(), ApiError> {
        let is_operator = self.operators()?.include(caller.account.user_id);
        if is_operator { Ok(()) } else { Err(ApiError::Restricted("Only operators can do this.")) }
    }

    /// Refuses who is neither an operator nor an app that operators trust.
    pub fn require_trusted(&self, holder: &Holder) -> Result<(), ApiError> {
        let is_trusted = match holder {
            Holder::User(caller) => self.operators()?.include(caller.account.user_id),
            Holder::App(app) => app.app.trusted,
        };
        if is_trusted { Ok(()) } else { Err(ApiError::Restricted("Only trusted apps and operators can do this.")) }
    }

    pub(super) fn cookies(&self) -> Cookies {
        Cookies::of_origin(self.credentials.is_on_loopback())
    }

    /// 204 for one whose session has ended: the browser that it was in forgets it.
    pub fn signed_out(&self, request: &Request) -> Result<Response, ApiError> {
        let mut response = no_content();
        if matches!(self.cookies().session(request.headers()), Ok(Some(_))) {
            self.cookies().clear_session(&mut response)?;
        }
        Ok(response)
    }

    /// Our own origin.
    pub fn origin(&self, request: &Request) -> Result<String, ApiError> {
        self.own_origin(request).ok_or_else(|| ApiError::internal("the event has no domain name"))
    }

    pub(super) fn own_origin(&self, request: &Request) -> Option<String> {
        self.credentials.public_url.clone().or_else(|| Some(format!("https://{}", domain_name(request)?)))
    }
}

/// The app that was found, if the presented token is its own and its owner is not banned.
fn require_app(request: &Request, found: Option<KeptApp>, hash: &TokenHash) -> Result<KeptApp, ApiError> {
    let app = found.filter(|app| app.token_hash.is(hash)).ok_or(ApiError::InvalidToken)?;
    Seen::note_caller(request, SeenCaller::App(app.app.id));
    if app.is_suspended { Err(ApiError::ApiBanned) } else { Ok(app) }
}

const NOT_AN_APP: ApiError = ApiError::Restricted("Requires an app's token, not a user's session.");

fn two_credentials() -> ApiError {
    ApiError::field("authorization", "must be the only credential, with one value")
}

/// The header's value; an empty one counts as none. API Gateway joins two into one with a comma, which no token has.
fn authorization(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() || value.as_bytes().contains(&b',') {
        return Err(two_credentials());
    }
    let value = value.to_str().map_err(|_| ApiError::InvalidToken)?;
    Ok((!value.is_empty()).then_some(value))
}

/// `<token>`, or `Bearer <token>` with the scheme in any case and one space.
pub(super) fn bearer(value: &str) -> Result<&str, ApiError> {
    if !value.contains(' ') {
        return Ok(value);
    }
    of_scheme(value, "bearer").ok_or(ApiError::InvalidToken)
}

/// What follows a scheme, in any case, and one space.
fn of_scheme<'v>(value: &'v str, scheme: &str) -> Option<&'v str> {
    let (named, credentials) = value.split_once(' ')?;
    named.eq_ignore_ascii_case(scheme).then_some(credentials)
}

/// An app's id and the hash of its token, of base64 of both with a colon between them, each encoded as in a form; `None` unless the
/// token is of that app.
fn client(credentials: &str) -> Option<(AppId, TokenHash)> {
    let text = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
    let (id, token) = text.split_once(':')?;
    let id: AppId = decode(id)?.parse().ok()?;
    match Presented::parse(&decode(token)?).ok()? {
        Presented::App { app_id, hash } if app_id == id => Some((app_id, hash)),
        _ => None,
    }
}
