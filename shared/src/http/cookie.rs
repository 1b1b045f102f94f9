//! Our cookies. A `Cookie` header is bytes that other sites of the same host may have had a hand in: what is not ours is stepped over,
//! whatever it holds.

use chrono::TimeDelta;
use lambda_http::http::header::{COOKIE, SET_COOKIE};
use lambda_http::http::{HeaderMap, HeaderValue};

use super::{ApiError, Response};
use crate::domain::BrowserSignIn;

/// The session of our own pages, on a deployed service.
pub const SESSION_COOKIE: &str = "__Host-guildpass";

/// Browsers take such a cookie only from the host itself, over TLS, and send it to that host alone.
const HOST_PREFIX: &str = "__Host-";
const SESSION: &str = "guildpass";
const RETURNING: &str = "guildpass-returning";
const SIGN_IN: &str = "guildpass-sign-in-";

/// How long a browser that signed in is sent to Discord by itself when its session has expired.
const RETURNING_LIFE: TimeDelta = TimeDelta::days(30);

/// A cookie of ours came twice.
pub(super) struct Twice;

/// Our cookies, as one origin can have them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cookies {
    is_secure: bool,
}

/// A cookie that holds a sealed sign-in.
pub(super) struct SignInCookie<'h> {
    pub(super) id: &'h str,
    pub(super) value: &'h [u8],
}

impl Cookies {
    /// On http over the loopback, which only the local service has, some browsers drop `Secure` cookies, and the prefix with them.
    pub(super) fn of_origin(is_on_loopback: bool) -> Self {
        Self { is_secure: !is_on_loopback }
    }

    fn prefix(self) -> &'static str {
        if self.is_secure { HOST_PREFIX } else { "" }
    }

    /// The session of our own pages. The local service takes it under its deployed name too.
    pub(super) fn session(self, headers: &HeaderMap) -> Result<Option<&[u8]>, Twice> {
        match self.read(headers, SESSION)? {
            None if !self.is_secure => one(pairs(headers).filter(|(name, _)| *name == SESSION_COOKIE.as_bytes())),
            found => Ok(found),
        }
    }

    /// Whether this browser has signed in lately and not signed out since.
    pub(super) fn is_returning(self, headers: &HeaderMap) -> bool {
        self.read(headers, RETURNING).is_ok_and(|value| value.is_some())
    }

    /// The sealed sign-in of that id.
    pub(super) fn sign_in<'h>(self, headers: &'h HeaderMap, id: &str) -> Option<&'h [u8]> {
        self.read(headers, &format!("{SIGN_IN}{id}")).ok().flatten()
    }

    /// All sign-ins that a browser has begun.
    pub(super) fn sign_ins(self, headers: &HeaderMap) -> impl Iterator<Item = SignInCookie<'_>> {
        pairs(headers).filter_map(move |(name, value)| {
            let id = name.strip_prefix(self.prefix().as_bytes())?.strip_prefix(SIGN_IN.as_bytes())?;
            let id = BrowserSignIn::is_id(id).then(|| std::str::from_utf8(id).ok())??;
            Some(SignInCookie { id, value })
        })
    }

    /// The value of a cookie of ours; an empty one counts as none.
    fn read<'h>(self, headers: &'h HeaderMap, name: &str) -> Result<Option<&'h [u8]>, Twice> {
        let is_it = |found: &[u8]| found.strip_prefix(self.prefix().as_bytes()) == Some(name.as_bytes());
        one(pairs(headers).filter(|(found, _)| is_it(found)))
    }

    /// Gives a browser its session, and notes that it has one.
    pub(super) fn set_session(self, response: &mut Response, token: &str, life: TimeDelta) -> Result<(), ApiError> {
        self.set(response, SESSION, token, life)?;
        self.set(response, RETURNING, "1", RETURNING_LIFE)
    }

    /// Has the browser forget its session and that it had one.
    pub(super) fn clear_session(self, response: &mut Response) -> Result<(), ApiError> {
        self.clear(response, SESSION)?;
        self.clear_returning(response)
    }

    pub(super) fn clear_returning(self, response: &mut Response) -> Result<(), ApiError> {
        self.clear(response, RETURNING)
    }

    pub(super) fn set_sign_in(self, response: &mut Response, id: &str, value: &str) -> Result<(), ApiError> {
        self.set(response, &format!("{SIGN_IN}{id}"), value, BrowserSignIn::LIFE)
    }

    pub(super) fn clear_sign_in(self, response: &mut Response, id: &str) -> Result<(), ApiError> {
        self.clear(response, &format!("{SIGN_IN}{id}"))
    }

    /// Has the browser keep a cookie for a while, out of reach of scripts, and send it when the user comes by a link of another site's
    /// but not with another site's own requests.
    fn set(self, response: &mut Response, name: &str, value: &str, life: TimeDelta) -> Result<(), ApiError> {
        let (prefix, secure) = (self.prefix(), if self.is_secure { " Secure;" } else { "" });
        let life = life.num_seconds();
        let text = format!("{prefix}{name}={value}; Path=/; Max-Age={life}; HttpOnly;{secure} SameSite=Lax");
        response.headers_mut().append(SET_COOKIE, HeaderValue::try_from(text).map_err(ApiError::internal)?);
        Ok(())
    }

    fn clear(self, response: &mut Response, name: &str) -> Result<(), ApiError> {
        self.set(response, name, "", TimeDelta::zero())
    }
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&[u8], &[u8])> {
    let lines = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
    lines.flat_map(|line| line.split(|byte| *byte == b';')).filter_map(|pair| {
        let pair = pair.trim_ascii();
        let (name, value) = pair.split_at_checked(pair.iter().position(|byte| *byte == b'=')?)?;
        Some((name, value.strip_prefix(b"=")?))
    })
}

fn one<'h>(mut found: impl Iterator<Item = (&'h [u8], &'h [u8])>) -> Result<Option<&'h [u8]>, Twice> {
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(Twice),
        (found, None) => Ok(found.map(|(_, value)| value).filter(|value| !value.is_empty())),
    }
}
