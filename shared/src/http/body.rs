//! JSON bodies, read strictly.

use lambda_http::Body;
use lambda_http::http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::{ApiError, Request};

const MOST_BYTES: usize = 16 * 1024;

/// Reads the body: a JSON object in UTF-8, with the fields that `T` names, each once, and nothing after it.
pub fn body<T: DeserializeOwned>(request: &Request) -> Result<T, ApiError> {
    let bytes = bytes(request.body())?;
    if bytes.len() > MOST_BYTES {
        return Err(ApiError::PayloadTooLarge);
    }
    if bytes.is_empty() {
        return Err(ApiError::malformed("A body is missing: it must be a JSON object."));
    }
    if !is_json(request) {
        return Err(ApiError::UnsupportedMediaType);
    }
    // serde takes an array for a struct.
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(ApiError::malformed("The body must be a JSON object."));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| problem(&error))?;
    reader.end().map_err(|_| ApiError::malformed("Something follows the JSON object of the body."))?;
    Ok(value)
}

/// For a field that may be left out: `null` is then a value like any other, and not the same as nothing.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn bytes(body: &Body) -> Result<&[u8], ApiError> {
    match body {
        Body::Empty => Ok(&[]),
        Body::Text(text) => Ok(text.as_bytes()),
        Body::Binary(bytes) => Ok(bytes),
        _ => Err(ApiError::UnsupportedMediaType),
    }
}

fn is_json(request: &Request) -> bool {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = content_type.split(';').map(str::trim);
    parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"))
        && parts
            .all(|parameter| parameter.is_empty() || parameter.replace('"', "").eq_ignore_ascii_case("charset=utf-8"))
}

/// What was wrong, and with which field. serde names a missing, unknown or repeated field in its message alone.
fn problem(error: &serde_path_to_error::Error<serde_json::Error>) -> ApiError {
    let inner = error.inner();
    if !inner.is_data() {
        return ApiError::malformed("The body is not valid JSON.");
    }
    let message = inner.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    for (start, said) in [
        ("missing field `", "is missing"),
        ("unknown field `", "is not known"),
        ("duplicate field `", "is given twice"),
    ] {
        if let Some((field, _)) = message.strip_prefix(start).and_then(|rest| rest.split_once('`')) {
            return ApiError::field(shortened(field), said);
        }
    }
    match error.path().to_string() {
        path if path == "." => ApiError::malformed("The body is not as it has to be."),
        // A type error quotes the caller's value, which may be a secret; the rules of our own types do not.
        path if message.starts_with("invalid ") => ApiError::field(shortened(&path), "has the wrong type"),
        path => ApiError::field(shortened(&path), message),
    }
}

/// Names come back to the caller, but not at any length.
fn shortened(field: &str) -> String {
    field.chars().take(64).collect()
}
