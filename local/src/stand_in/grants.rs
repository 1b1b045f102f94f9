//! Codes and tokens: what is issued, what it is bound to and when it dies. No HTTP, no clock, no randomness of its own.
//!
//! Where Discord's rules are not known: a refused exchange leaves the code alive, a refresh leaves the older access token
//! alive until it expires, and refresh tokens do not expire.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How long a code lives.
const CODE_LIFE: TimeDelta = TimeDelta::seconds(100);
/// How long an access token lives, in seconds.
pub(crate) const TOKEN_LIFE_SECONDS: i64 = 604_800;

pub(crate) type Scopes = BTreeSet<String>;

/// Everything that the application has been granted.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Grants {
    codes: BTreeMap<String, Code>,
    tokens: Vec<Tokens>,
    authorized: BTreeMap<u64, Scopes>,
}

/// What a code stands for.
#[derive(Serialize, Deserialize)]
struct Code {
    user_id: u64,
    redirect_uri: String,
    challenge: Option<String>,
    scopes: Scopes,
    issued_at: DateTime<Utc>,
}

/// An access token, and the refresh token beside it until that is used.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Tokens {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) user_id: u64,
    pub(crate) scopes: Scopes,
    pub(crate) expires_at: DateTime<Utc>,
}

/// Random strings for the next tokens.
pub(crate) struct FreshTokens {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
}

/// What a user approves.
pub(crate) struct Approval<'a> {
    pub(crate) user_id: u64,
    pub(crate) redirect_uri: &'a str,
    pub(crate) challenge: Option<&'a str>,
    pub(crate) scopes: Approved,
}

/// Which scopes an approval grants.
pub(crate) enum Approved {
    /// These, and what was granted before.
    Also(Scopes),
    /// These and no others.
    Exactly(Scopes),
}

/// What is handed in for a code.
pub(crate) struct Exchange<'a> {
    pub(crate) code: &'a str,
    pub(crate) redirect_uri: Option<&'a str>,
    pub(crate) verifier: Option<&'a str>,
}

/// Why no token is issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Unknown, spent or expired.
    Code,
    /// Not the one that the code was sent to.
    RedirectUri,
    /// A challenge was sent, and now no verifier.
    NoVerifier,
    /// Not 43 to 128 unreserved characters.
    MalformedVerifier,
    /// Does not hash to the challenge.
    WrongVerifier,
    /// Unknown, rotated or revoked.
    RefreshToken,
    /// More than was granted.
    Scope,
}

impl Grants {
    /// The user presses "Authorize": `code` now stands for what they approved.
    pub(crate) fn approve(&mut self, code: String, approval: Approval<'_>, now: DateTime<Utc>) {
        let Approval { user_id, redirect_uri, challenge, scopes } = approval;
        let authorized = self.authorized.entry(user_id).or_default();
        match scopes {
            Approved::Also(scopes) => authorized.extend(scopes),
            Approved::Exactly(scopes) => *authorized = scopes,
        }
        let scopes = authorized.clone();
        let (redirect_uri, challenge) = (redirect_uri.into(), challenge.map(Into::into));

        self.codes.retain(|_, code| !code.is_dead(now));
        self.codes.insert(code, Code { user_id, redirect_uri, challenge, scopes, issued_at: now });
    }

    /// Spends a code.
    pub(crate) fn exchange(
        &mut self,
        exchange: &Exchange<'_>,
        fresh: FreshTokens,
        now: DateTime<Utc>,
    ) -> Result<Tokens, Refusal> {
        let code = self.codes.get(exchange.code).filter(|code| !code.is_dead(now)).ok_or(Refusal::Code)?;
        if exchange.redirect_uri != Some(&code.redirect_uri) {
            return Err(Refusal::RedirectUri);
        }
        if let Some(challenge) = &code.challenge {
            prove(challenge, exchange.verifier)?;
        }

        let code = self.codes.remove(exchange.code).ok_or(Refusal::Code)?;
        Ok(self.issue(code.user_id, code.scopes, fresh, now))
    }

    /// Rotates a refresh token; without `scopes` the new tokens carry all that the user ever granted.
    pub(crate) fn refresh(
        &mut self,
        refresh_token: &str,
        scopes: Option<Scopes>,
        fresh: FreshTokens,
        now: DateTime<Utc>,
    ) -> Result<Tokens, Refusal> {
        let held = self.tokens.iter_mut().find(|held| held.refresh_token.as_deref() == Some(refresh_token));
        let held = held.ok_or(Refusal::RefreshToken)?;
        let granted = self.authorized.get(&held.user_id).cloned().unwrap_or_default();
        let scopes = scopes.unwrap_or_else(|| granted.clone());
        if !scopes.is_subset(&granted) {
            return Err(Refusal::Scope);
        }

        held.refresh_token = None;
        let user_id = held.user_id;
        Ok(self.issue(user_id, scopes, fresh, now))
    }

    /// A token for the application's owner, without a refresh token.
    pub(crate) fn issue_to_owner(
        &mut self,
        owner_id: u64,
        scopes: Scopes,
        fresh: FreshTokens,
        now: DateTime<Utc>,
    ) -> Tokens {
        let mut tokens = self.issue(owner_id, scopes, fresh, now);
        tokens.refresh_token = None;
        if let Some(held) = self.tokens.last_mut() {
            held.refresh_token = None;
        }
        tokens
    }

    fn issue(&mut self, user_id: u64, scopes: Scopes, fresh: FreshTokens, now: DateTime<Utc>) -> Tokens {
        let FreshTokens { access_token, refresh_token } = fresh;
        let expires_at = now + TimeDelta::seconds(TOKEN_LIFE_SECONDS);
        let tokens = Tokens { access_token, refresh_token: Some(refresh_token), user_id, scopes, expires_at };
        self.tokens.retain(|held| held.refresh_token.is_some() || now < held.expires_at);
        self.tokens.push(tokens.clone());
        tokens
    }

    /// Whose access token this is, if it is alive.
    pub(crate) fn bearer(&self, access_token: &str, now: DateTime<Utc>) -> Option<&Tokens> {
        self.tokens.iter().find(|held| held.access_token == access_token && now < held.expires_at)
    }

    /// All that the user has granted.
    pub(crate) fn authorized(&self, user_id: u64) -> Scopes {
        self.authorized.get(&user_id).cloned().unwrap_or_default()
    }

    /// Kills all tokens of the user whose access or refresh token this is; an unknown one is nobody's.
    pub(crate) fn revoke(&mut self, token: &str, now: DateTime<Utc>) {
        let is_it = |held: &&Tokens| {
            held.access_token == token && now < held.expires_at || held.refresh_token.as_deref() == Some(token)
        };
        if let Some(user_id) = self.tokens.iter().find(is_it).map(|held| held.user_id) {
            self.remove(user_id);
        }
    }

    /// Kills everything that the user has granted; false if that is nothing.
    pub(crate) fn remove(&mut self, user_id: u64) -> bool {
        self.codes.retain(|_, code| code.user_id != user_id);
        let before = self.tokens.len();
        self.tokens.retain(|held| held.user_id != user_id);
        self.authorized.remove(&user_id).is_some() || self.tokens.len() < before
    }
}

impl Code {
    fn is_dead(&self, now: DateTime<Utc>) -> bool {
        now >= self.issued_at + CODE_LIFE
    }
}

/// RFC 7636, section 4.6, with S256.
fn prove(challenge: &str, verifier: Option<&str>) -> Result<(), Refusal> {
    let verifier = verifier.ok_or(Refusal::NoVerifier)?;
    if !is_verifier(verifier) {
        return Err(Refusal::MalformedVerifier);
    }
    let hash = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
    if URL_SAFE_NO_PAD.encode(hash) == challenge { Ok(()) } else { Err(Refusal::WrongVerifier) }
}

fn is_verifier(text: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&text.len()) && text.bytes().all(unreserved)
}
