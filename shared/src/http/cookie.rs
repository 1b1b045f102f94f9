//! Our two cookies. The prefix makes browsers refuse them unless we ourselves set them, over TLS, for this host alone.

use chrono::TimeDelta;
use lambda_http::http::header::{COOKIE, SET_COOKIE};
use lambda_http::http::{HeaderMap, HeaderValue};

use super::{ApiError, Response};

/// The session of our own pages.
pub const SESSION_COOKIE: &str = "__Host-guildpass";
/// A sign-in that has begun, sealed.
pub const SIGN_IN_COOKIE: &str = "__Host-guildpass-sign-in";

/// A cookie came twice.
pub(super) struct Twice;

/// The value of a cookie; an empty one counts as none.
pub(super) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Twice> {
    let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim_ascii().split_once('='));
    let mut values = pairs.filter(|(found, _)| *found == name).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(Twice),
        (value, None) => Ok(value.filter(|value| !value.is_empty())),
    }
}

/// Has the browser keep a cookie for a while, out of reach of scripts, and send it when the user comes by a link of another site's but
/// not with another site's own requests.
pub(super) fn set_cookie(response: &mut Response, name: &str, value: &str, life: TimeDelta) -> Result<(), ApiError> {
    let text = format!("{name}={value}; Path=/; Max-Age={}; HttpOnly; Secure; SameSite=Lax", life.num_seconds());
    response.headers_mut().append(SET_COOKIE, HeaderValue::try_from(text).map_err(ApiError::internal)?);
    Ok(())
}

/// Has the browser forget a cookie.
pub(super) fn clear_cookie(response: &mut Response, name: &str) -> Result<(), ApiError> {
    set_cookie(response, name, "", TimeDelta::zero())
}
