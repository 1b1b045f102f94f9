//! Sessions that are given out, at sign-in and as API tokens, and those that were.

use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::paging::MAX_LIMIT;
use super::{ApiError, Request, user_agent};
use crate::Context;
use crate::discord::Grant;
use crate::domain::{
    Account, Name, Profile, Redirect, RedirectKind, Session, SessionId, SessionType, Token, UserId, UserState,
    expiry_after,
};
use crate::store::{NewGrant, NewSession, Page, Paged, SignIn, SignedIn};

/// How often a sign-in starts over because its user signs out everywhere at the same moment.
const SIGN_IN_ATTEMPTS: usize = 3;

/// A new session or API token, with its token.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub struct GivenSession<'a, U = Option<SignedInUser<'a>>> {
    user_id: UserId,
    /// Shown only once.
    #[schemars(regex(pattern = "^gp[lma]_[0-9A-Za-z]{71}$"), example = example_token::<U>())]
    token: &'a str,
    session_id: SessionId,
    expiry: DateTime<Utc>,
    user: U,
}

/// Signing in answers who signed in, a new API token answers nobody.
fn example_token<U: JsonSchema>() -> String {
    let prefix = if U::schema_name() == <()>::schema_name() { "gpa" } else { "gpl" };
    format!("{prefix}_{:.71}", "Example".repeat(11))
}

/// The user who signed in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SignedInUser")]
pub struct SignedInUser<'a> {
    id: UserId,
    /// The unique username.
    #[schemars(example = &"anna")]
    username: &'a str,
    /// The display name. Null if the user has none.
    #[schemars(example = &"Anna")]
    global_name: Option<&'a str>,
    /// Hash of the avatar. Null for a default avatar.
    #[schemars(example = &"a_8342729096ea3675442027381ff50dfe")]
    avatar: Option<&'a str>,
}

impl<'a> GivenSession<'a> {
    /// The answer for `session`, whose token this is.
    pub fn new(session: &Session, token: &'a Token, profile: Option<&'a Profile>) -> Self {
        let user = profile.map(|profile| SignedInUser {
            id: profile.id,
            username: &profile.username,
            global_name: profile.global_name.as_deref(),
            avatar: profile.avatar.as_deref(),
        });
        Self { user_id: session.user_id, token: token.reveal(), session_id: session.id, expiry: session.expiry, user }
    }
}

/// What makes a session.
#[derive(Debug)]
pub struct Wanted {
    /// Whose.
    pub user_id: UserId,
    /// How it comes to be.
    pub kind: SessionType,
    /// What its owner calls it.
    pub name: Option<Name>,
    /// When it comes to be.
    pub created_at: DateTime<Utc>,
    /// From when on it is dead.
    pub expiry: DateTime<Utc>,
    /// How often its user had signed out everywhere.
    pub sign_outs: u64,
}

impl Context {
    /// The entry of the allow-list that equals `uri`.
    pub fn allowed_redirect(&self, uri: &str) -> Result<&Redirect, ApiError> {
        let redirect = self.sign_in()?.redirects.find(uri);
        redirect.ok_or(ApiError::Restricted("This redirect URI is not allowed."))
    }

    /// Gives a user whom Discord has named a session: account, session and grant in one write, nothing for a banned user.
    pub async fn sign_in_user(
        &self,
        request: &Request,
        over: RedirectKind,
        profile: &Profile,
        grant: &Grant,
    ) -> Result<(Session, Token), ApiError> {
        let now = self.clock.now();
        let profile = &profile.clone().as_granted(&grant.scopes);
        let grant = self.seal_grant(profile.id, grant, now).await?;
        for _ in 0..SIGN_IN_ATTEMPTS {
            let account = self.store()?.account(profile.id).await?;
            if account.as_ref().is_some_and(|account| account.state == UserState::Banned) {
                return Err(ApiError::ApiBanned);
            }
            let expiry = expiry_after(now, over.lifetime());
            let sign_outs = account.map_or(0, |account| account.sign_outs);
            let wanted = Wanted {
                user_id: profile.id,
                kind: over.session_type(),
                name: None,
                created_at: now,
                expiry,
                sign_outs,
            };
            let (new, token) = self.make_session(request, wanted)?;
            match self.store()?.sign_in(&SignIn { profile, new: &new, grant: &grant }).await? {
                SignedIn::Done => {
                    self.store()?.delete_oldest_sign_ins(&new.session, now).await;
                    return Ok((new.session, token));
                }
                SignedIn::Banned => return Err(ApiError::ApiBanned),
                SignedIn::Overtaken => {}
            }
        }
        Err(ApiError::Unavailable("overtaken by sign-outs again and again".into()))
    }

    pub(super) async fn seal_grant(
        &self,
        user_id: UserId,
        grant: &Grant,
        now: DateTime<Utc>,
    ) -> Result<NewGrant, ApiError> {
        let life = TimeDelta::from_std(grant.expires_in).unwrap_or(TimeDelta::MAX);
        Ok(NewGrant {
            sealed: grant
                .tokens
                .seal(user_id, &*self.sealing_keys().await?, self.random()?)
                .map_err(ApiError::internal)?,
            scopes: grant.scopes.clone(),
            access_expiry: now.checked_add_signed(life).unwrap_or(now),
            granted_at: now,
        })
    }

    /// A page of the user's live sessions, newest first.
    pub async fn sessions_page(&self, account: &Account, page: &Page) -> Result<Paged<Session>, ApiError> {
        let valid_after = self.credentials.sessions_valid_after;
        Ok(self.store()?.list_sessions(account, page, self.clock.now(), valid_after).await?)
    }

    /// All of the user's live sessions, newest first.
    pub async fn live_sessions(&self, account: &Account) -> Result<Vec<Session>, ApiError> {
        let mut page = Page { limit: MAX_LIMIT, after: None };
        let (mut sessions, mut poison) = (Vec::new(), 0_usize);
        loop {
            let paged = self.sessions_page(account, &page).await?;
            sessions.extend(paged.entries);
            poison = poison.saturating_add(paged.poison);
            page.after = paged.next;
            if page.after.is_none() {
                break;
            }
        }
        if poison > 0 {
            tracing::warn!(user_id = %account.user_id, count = poison, "skipped malformed items");
        }
        Ok(sessions)
    }

    /// Makes a session and its token, in memory alone.
    pub fn make_session(&self, request: &Request, wanted: Wanted) -> Result<(NewSession, Token), ApiError> {
        let Wanted { user_id, kind, name, created_at, expiry, sign_outs } = wanted;
        let id = SessionId::new(created_at, self.random()?);
        let token = Token::for_session(kind, user_id, id, self.random()?);
        let user_agent = user_agent(request);
        let session =
            Session { id, user_id, kind, name, created_at, expiry, sign_outs, last_used_at: None, user_agent };
        Ok((NewSession { session, token_hash: token.hash() }, token))
    }
}
