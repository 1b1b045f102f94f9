//! How answers look: error bodies of both kinds, 429s and the rate-limit headers.

use axum::Json;
use axum::http::header::{CACHE_CONTROL, PRAGMA, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::Route;
use super::limits::Standing;

/// An error of the REST API, with Discord's code.
#[derive(Debug)]
pub(crate) struct RestError {
    status: StatusCode,
    code: u32,
    message: &'static str,
    errors: Option<Map<String, Value>>,
}

impl RestError {
    pub(crate) const UNAUTHORIZED: Self = Self::new(StatusCode::UNAUTHORIZED, 0, "401: Unauthorized");
    pub(crate) const UNKNOWN_GUILD: Self = Self::new(StatusCode::NOT_FOUND, 10_004, "Unknown Guild");
    pub(crate) const UNKNOWN_USER: Self = Self::new(StatusCode::NOT_FOUND, 10_013, "Unknown User");
    pub(crate) const BOTS_CANNOT: Self = Self::new(StatusCode::FORBIDDEN, 20_001, "Bots cannot use this endpoint");
    pub(crate) const TOO_MANY_GUILDS: Self =
        Self::new(StatusCode::BAD_REQUEST, 30_001, "Maximum number of guilds reached (200)");
    pub(crate) const BANNED: Self = Self::new(StatusCode::FORBIDDEN, 40_007, "The user is banned from this guild");
    pub(crate) const NO_ACCESS: Self = Self::new(StatusCode::FORBIDDEN, 50_001, "Missing Access");
    pub(crate) const NO_PERMISSION: Self = Self::new(StatusCode::FORBIDDEN, 50_013, "Missing Permissions");
    pub(crate) const INVALID_ACCESS_TOKEN: Self =
        Self::new(StatusCode::FORBIDDEN, 50_025, "Invalid OAuth2 access token");
    pub(crate) const NO_SCOPE: Self = Self::new(StatusCode::FORBIDDEN, 50_026, "Missing required OAuth2 scope");
    pub(crate) const INVALID_JSON: Self =
        Self::new(StatusCode::BAD_REQUEST, 50_109, "The request body contains invalid JSON.");

    const fn new(status: StatusCode, code: u32, message: &'static str) -> Self {
        Self { status, code, message, errors: None }
    }

    /// 50035 about one field.
    pub(crate) fn invalid(field: &str, code: &str, message: &str) -> Self {
        let errors = Map::from_iter([(field.to_owned(), json!({ "_errors": [{ "code": code, "message": message }] }))]);
        Self { errors: Some(errors), ..Self::new(StatusCode::BAD_REQUEST, 50_035, "Invalid Form Body") }
    }

    /// 50035 about the request as a whole.
    pub(crate) fn wrong_content_type() -> Self {
        let message = "Expected \"Content-Type\" header to be one of {'application/json'}.";
        let errors = json!([{ "code": "CONTENT_TYPE_INVALID", "message": message }]);
        let errors = Map::from_iter([("_errors".to_owned(), errors)]);
        Self { errors: Some(errors), ..Self::new(StatusCode::BAD_REQUEST, 50_035, "Invalid Form Body") }
    }
}

impl IntoResponse for RestError {
    fn into_response(self) -> Response {
        let mut body = json!({ "message": self.message, "code": self.code });
        if let (Some(errors), Some(body)) = (self.errors, body.as_object_mut()) {
            body.insert("errors".to_owned(), errors.into());
        }
        (self.status, Json(body)).into_response()
    }
}

pub(crate) fn not_found() -> Response {
    RestError::new(StatusCode::NOT_FOUND, 0, "404: Not Found").into_response()
}

pub(crate) fn method_not_allowed() -> Response {
    RestError::new(StatusCode::METHOD_NOT_ALLOWED, 0, "405: Method Not Allowed").into_response()
}

pub(crate) fn internal_server_error() -> Response {
    RestError::new(StatusCode::INTERNAL_SERVER_ERROR, 0, "500: Internal Server Error").into_response()
}

pub(crate) fn server_error(status: StatusCode) -> Response {
    let message = format!("{}: {}", status.as_u16(), status.canonical_reason().unwrap_or("Unknown"));
    (status, Json(json!({ "message": message, "code": 0 }))).into_response()
}

/// An error page as proxies before Discord write it.
pub(crate) fn html_error(status: StatusCode) -> Response {
    let reason = status.canonical_reason().unwrap_or("Unknown");
    let title = format!("{} {reason}", status.as_u16());
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
    );
    (status, Html(page)).into_response()
}

pub(crate) fn blocked_by_cloudflare_json() -> Response {
    RestError::new(StatusCode::FORBIDDEN, 40_333, "internal network error").into_response()
}

/// An error of the token endpoints, RFC 6749 section 5.2.
#[derive(Debug)]
pub(crate) struct OAuthError {
    status: StatusCode,
    error: &'static str,
    description: Option<String>,
}

impl OAuthError {
    pub(crate) const INVALID_CLIENT: Self =
        Self { status: StatusCode::UNAUTHORIZED, error: "invalid_client", description: None };

    pub(crate) fn bare(error: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, description: None }
    }

    pub(crate) fn described(error: &'static str, description: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, description: Some(description.into()) }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let mut body = json!({ "error": self.error });
        if let (Some(description), Some(body)) = (self.description, body.as_object_mut()) {
            body.insert("error_description".to_owned(), description.into());
        }
        (self.status, Json(body)).into_response()
    }
}

/// An answer with tokens in it.
pub(crate) fn not_stored(body: Value) -> Response {
    ([(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")], Json(body)).into_response()
}

pub(crate) fn rate_limited_body(retry_after: &Value, global: bool) -> Response {
    let body = json!({ "message": "You are being rate limited.", "retry_after": retry_after, "global": global });
    (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response()
}

/// Whose limit it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    User,
    Global,
    Shared,
}

impl Scope {
    pub(crate) fn of(global: bool) -> Self {
        if global { Self::Global } else { Self::User }
    }

    fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Global => "global",
            Self::Shared => "shared",
        }
    }
}

/// `Retry-After` and whose limit it is.
pub(crate) fn retry_headers(headers: &mut HeaderMap, retry_after: i64, scope: Scope) {
    headers.insert(RETRY_AFTER, HeaderValue::from(retry_after));
    headers.insert(HeaderName::from_static("x-ratelimit-scope"), HeaderValue::from_static(scope.name()));
    if scope == Scope::Global {
        headers.insert(HeaderName::from_static("x-ratelimit-global"), HeaderValue::from_static("true"));
    }
}

/// The 429 of a limit that really is used up.
pub(crate) fn rate_limited(standing: &Standing) -> Response {
    let millis = u32::try_from(standing.resets_after.num_milliseconds()).unwrap_or(u32::MAX);
    let mut response = rate_limited_body(&(f64::from(millis) / 1000.0).into(), false);
    retry_headers(response.headers_mut(), millis.div_ceil(1000).into(), Scope::User);
    response
}

/// The headers that are on every REST answer.
pub(crate) fn limit_headers(headers: &mut HeaderMap, route: Route, standing: &Standing) {
    let (reset, after) = (standing.resets_at.timestamp_millis(), standing.resets_after.num_milliseconds());
    let texts = [
        ("x-ratelimit-limit", standing.limit.to_string()),
        ("x-ratelimit-remaining", standing.remaining.to_string()),
        ("x-ratelimit-reset", seconds(reset)),
        ("x-ratelimit-reset-after", seconds(after)),
        ("x-ratelimit-bucket", bucket(route)),
    ];
    for (name, text) in texts {
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

fn seconds(millis: i64) -> String {
    format!("{}.{:03}", millis.div_euclid(1000), millis.rem_euclid(1000))
}

/// Opaque, 32 hexadecimal digits, the same for every request of a route.
fn bucket(route: Route) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, route.name().as_bytes());
    hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
