//! Answers, and the headers that every one of them has.

use lambda_http::Body;
use lambda_http::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, LOCATION, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use super::{ApiError, Response};
use crate::domain::ReturnTo;

/// 200, or another status, with a JSON body.
pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Response, ApiError> {
    let text = serde_json::to_string(body).map_err(ApiError::internal)?;
    let mut response = Response::new(Body::Text(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// 200, with a JSON text that was written beforehand.
pub fn json_text(text: &'static str) -> Response {
    let mut response = Response::new(Body::Text(text.to_owned()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// 201, without a body.
pub fn created() -> Response {
    empty(StatusCode::CREATED)
}

/// 204.
pub fn no_content() -> Response {
    empty(StatusCode::NO_CONTENT)
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    response
}

/// 302 to a URL that is ours to send people to.
pub fn redirect(url: &url::Url) -> Result<Response, ApiError> {
    let mut response = empty(StatusCode::FOUND);
    response.headers_mut().insert(LOCATION, HeaderValue::from_str(url.as_str()).map_err(ApiError::internal)?);
    Ok(response)
}

/// 303 to a path of our own.
pub fn see_other(path: &ReturnTo) -> Result<Response, ApiError> {
    to_path(StatusCode::SEE_OTHER, path)
}

/// 308: the path of our own that was meant.
pub fn moved(path: &ReturnTo) -> Result<Response, ApiError> {
    to_path(StatusCode::PERMANENT_REDIRECT, path)
}

fn to_path(status: StatusCode, path: &ReturnTo) -> Result<Response, ApiError> {
    let mut response = empty(status);
    response.headers_mut().insert(LOCATION, HeaderValue::from_str(path.as_str()).map_err(ApiError::internal)?);
    Ok(response)
}

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// `is_public`: pages of other sites may embed the answer too.
pub(super) fn add_common_headers(headers: &mut HeaderMap, is_public: bool) {
    // An asset alone may be kept.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let embedded_by = if is_public { "cross-origin" } else { "same-origin" };
    headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static(embedded_by));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains"));
}
