//! Refusals: one response for each set of codes that operations have at a status.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use shared::http::{ApiError, ErrorCode, StatusCode};

use super::put;

/// The codes of each status.
pub(super) fn by_status(codes: &BTreeSet<ErrorCode>) -> Vec<BTreeSet<ErrorCode>> {
    let mut sets: BTreeMap<StatusCode, BTreeSet<ErrorCode>> = BTreeMap::new();
    for code in codes {
        sets.entry(code.status()).or_default().insert(*code);
    }
    sets.into_values().collect()
}

/// What the response of that set is called.
pub(super) fn name(codes: &BTreeSet<ErrorCode>) -> String {
    codes.iter().map(|code| code.as_str()).collect::<Vec<_>>().join("Or")
}

/// What the schema of that response is called. It has a name so that clients which are made of the document have one type for it.
pub(super) fn schema_name(codes: &BTreeSet<ErrorCode>) -> String {
    format!("{}Answer", name(codes))
}

/// That schema.
pub(super) fn schema(codes: &BTreeSet<ErrorCode>) -> Value {
    let codes_alone = json!({"properties": {"code": {"enum": codes}}});
    json!({"allOf": [{"$ref": "#/components/schemas/Error"}, codes_alone]})
}

/// The response of a set of codes, all of one status.
pub(super) fn response(codes: &BTreeSet<ErrorCode>) -> Value {
    let meanings: Vec<_> = codes.iter().map(|code| format!("`{}`: {}", code.as_str(), code.meaning())).collect();
    let examples: Map<_, _> =
        codes.iter().map(|code| (code.as_str().to_owned(), json!({"value": example(&sample(*code))}))).collect();
    let schema = json!({"$ref": format!("#/components/schemas/{}", schema_name(codes))});
    let mut response = json!({
        "description": meanings.join(" "),
        "content": {"application/json": {"schema": schema, "examples": examples}},
    });
    if let Some(header) = codes.first().and_then(|code| header(code.status())) {
        put(&mut response, "headers", json!({header: {"$ref": format!("#/components/headers/{header}")}}));
    }
    response
}

fn header(status: StatusCode) -> Option<&'static str> {
    match status {
        StatusCode::UNAUTHORIZED => Some("WWW-Authenticate"),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Some("Retry-After"),
        _ => None,
    }
}

fn example(error: &ApiError) -> Value {
    let mut answer = json!({"code": error.code(), "message": error.to_string(), "request_id": "UkViOjLIAMEVEXAMPLE="});
    if let ApiError::BadRequest { field: Some(field), .. } = error {
        put(&mut answer, "field", json!(field));
    }
    answer
}

/// An error of that code.
pub(super) fn sample(code: ErrorCode) -> ApiError {
    match code {
        ErrorCode::BadRequest => ApiError::field("guild_id", "is not a valid id"),
        ErrorCode::InvalidCode => ApiError::InvalidCode,
        ErrorCode::NoAuthToken => ApiError::NoAuthToken,
        ErrorCode::InvalidToken => ApiError::InvalidToken,
        ErrorCode::ApiBanned => ApiError::ApiBanned,
        ErrorCode::Restricted => ApiError::Restricted("An API token cannot do this. Sign in."),
        ErrorCode::MissingScope => ApiError::MissingScope {
            scopes: "connections".into(),
            sign_in: Some("https://guildpass.example/oauth2/authorize?scope=connections".into()),
        },
        ErrorCode::MissingPermission => ApiError::MissingPermission,
        ErrorCode::CrossOrigin => ApiError::CrossOrigin,
        ErrorCode::NotFound => ApiError::NotFound,
        ErrorCode::MethodNotAllowed => ApiError::MethodNotAllowed { allow: "GET".into() },
        ErrorCode::Conflict => ApiError::Conflict("Another request regenerated the token at the same time."),
        ErrorCode::TooMany => ApiError::TooMany("App limit reached (25). Delete one and try again."),
        ErrorCode::PayloadTooLarge => ApiError::PayloadTooLarge,
        ErrorCode::UnsupportedMediaType => ApiError::UnsupportedMediaType("application/json"),
        ErrorCode::RateLimited => ApiError::RateLimited { retry_after: 42 },
        ErrorCode::InternalError => ApiError::Internal("an example".into()),
        ErrorCode::DiscordUnavailable => {
            ApiError::DiscordUnavailable { retry_after: Some(5), source: "an example".into() }
        }
        ErrorCode::Unavailable => ApiError::Unavailable("an example".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_of_its_code() {
        for code in ErrorCode::ALL {
            assert_eq!(sample(*code).error_code(), *code);
        }
    }
}
