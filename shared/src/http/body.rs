//! Bodies, read strictly: JSON, and the form that RFC 7662 wants.

use lambda_http::Body;
use lambda_http::http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::{ApiError, Query, Request};

const MOST_BYTES: usize = 16 * 1024;

/// The media type of JSON.
pub(super) const JSON: &str = "application/json";
/// The media type of a form, as browsers and OAuth clients send one.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// Reads the body: a JSON object in UTF-8, with the fields that `T` names, each once, and nothing after it.
pub fn body<T: DeserializeOwned>(request: &Request) -> Result<T, ApiError> {
    object(bytes_of(request, JSON)?)
}

/// Refuses what a body says to an endpoint that reads none, as unknown fields are refused elsewhere. An empty object says nothing.
pub fn no_body(request: &Request) -> Result<(), ApiError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct NoFields {}
    match sent(request) {
        Some(bytes) if bytes.trim_ascii().is_empty() => Ok(()),
        Some(bytes) => object::<NoFields>(bytes).map(drop),
        None => Err(ApiError::malformed("This endpoint takes no body.")),
    }
}

fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // serde takes an array for a struct.
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(ApiError::malformed("The body must be a JSON object."));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| problem(&error))?;
    reader.end().map_err(|_| ApiError::malformed("The body has data after the JSON object."))?;
    Ok(value)
}

/// For a field that may be left out: `null` is then a value like any other, and not the same as nothing.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads the body: a form with parameters of which `known` are read, each at most once. Others are ignored, and one without a value
/// counts as left out, as RFC 6749 section 3.2 wants it.
pub fn form(request: &Request, known: &[&'static str]) -> Result<Query, ApiError> {
    let bytes = bytes_of(request, FORM)?;
    let text = std::str::from_utf8(bytes).map_err(|_| ApiError::malformed("The body is not UTF-8."))?;
    Query::read(text, known)
}

/// The body's bytes; `None` of a kind of body that `lambda_http` does not have yet.
fn sent(request: &Request) -> Option<&[u8]> {
    match request.body() {
        Body::Empty => Some(&[]),
        Body::Text(text) => Some(text.as_bytes()),
        Body::Binary(bytes) => Some(bytes),
        _ => None,
    }
}

/// A body of that media type that is there and not too large.
fn bytes_of<'r>(request: &'r Request, media_type: &'static str) -> Result<&'r [u8], ApiError> {
    let bytes = sent(request).ok_or(ApiError::UnsupportedMediaType(media_type))?;
    if bytes.len() > MOST_BYTES {
        return Err(ApiError::PayloadTooLarge);
    }
    if bytes.is_empty() {
        return Err(ApiError::malformed(format!("The body is missing. Send {media_type}.")));
    }
    if !is_of(request, media_type) {
        return Err(ApiError::UnsupportedMediaType(media_type));
    }
    Ok(bytes)
}

fn is_of(request: &Request, media_type: &str) -> bool {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    kind.trim().eq_ignore_ascii_case(media_type) && parameters_of(parameters).all(is_accepted)
}

/// The parameters of a media type: a semicolon between quotes separates nothing (RFC 9110, section 5.6.6).
fn parameters_of(text: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let separates = move |char| {
        match char {
            '"' if !is_escaped => is_quoted = !is_quoted,
            ';' if !is_quoted => return true,
            _ => {}
        }
        is_escaped = is_quoted && !is_escaped && char == '\\';
        false
    };
    text.split(separates).map(str::trim).filter(|parameter| !parameter.is_empty())
}

/// A charset has to be UTF-8, in any spelling. JSON has no charset, so that one says nothing new; another parameter neither.
fn is_accepted(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=').map(|(name, value)| (name.trim(), value.trim())) else {
        return false;
    };
    if !is_token(name) || !(is_token(value) || is_quoted(value)) {
        return false;
    }
    let letters: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
    !name.eq_ignore_ascii_case("charset") || letters.eq_ignore_ascii_case("utf8")
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

fn is_quoted(text: &str) -> bool {
    text.len() >= 2 && text.starts_with('"') && text.ends_with('"')
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
        ("unknown field `", "is not a known field"),
        ("duplicate field `", "is given twice"),
    ] {
        if let Some((field, _)) = message.strip_prefix(start).and_then(|rest| rest.split_once('`')) {
            return ApiError::field(shortened(field), said);
        }
    }
    match error.path().to_string() {
        path if path == "." => ApiError::malformed("The body does not match the schema."),
        // A type error quotes the caller's value, which may be a secret; the rules of our own types do not.
        path if message.starts_with("invalid ") => ApiError::field(shortened(&path), "has the wrong type"),
        path => ApiError::field(shortened(&path), message),
    }
}

/// Names come back to the caller, but not at any length.
fn shortened(field: &str) -> String {
    field.chars().take(64).collect()
}
