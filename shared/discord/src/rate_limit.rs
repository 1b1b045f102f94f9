//! Reads a 429: how long to wait, and who is limited. Headers and body say so, and each of them has been seen to be missing.

use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

use super::observer::{RateLimit, RateLimitScope};

const RESET_AFTER: &str = "x-ratelimit-reset-after";
const GLOBAL: &str = "x-ratelimit-global";
const SCOPE: &str = "x-ratelimit-scope";

impl RateLimit {
    /// Reads headers and body of a 429. What says nothing of use counts as missing; that we are limited is certain.
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let in_body = body.get("retry_after").and_then(Value::as_f64);
        let said = [seconds_in(headers, RETRY_AFTER.as_str()), seconds_in(headers, RESET_AFTER), in_body];
        let sane = said.into_iter().flatten().filter(|seconds| seconds.is_finite() && *seconds > 0.0);
        let scope = match text_in(headers, SCOPE) {
            Some("shared") => RateLimitScope::Shared,
            Some("global") => RateLimitScope::Global,
            _ if text_in(headers, GLOBAL) == Some("true")
                || body.get("global").is_some_and(|global| global == true) =>
            {
                RateLimitScope::Global
            }
            _ => RateLimitScope::User,
        };
        Self { retry_after: sane.reduce(f64::max), scope }
    }
}

fn text_in<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn seconds_in(headers: &HeaderMap, name: &str) -> Option<f64> {
    text_in(headers, name)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&'static str, &'static str)], body: &str) -> RateLimit {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        RateLimit::read(&headers, body.as_bytes())
    }

    #[test]
    fn the_longest_sane_wait_counts() {
        for (headers, body, seconds) in [
            (&[("retry-after", "3")][..], r#"{"retry_after": 60}"#, Some(60.0)),
            (&[("retry-after", "60")], r#"{"retry_after": 3.5}"#, Some(60.0)),
            (&[], r#"{"retry_after": 60}"#, Some(60.0)),
            (&[("retry-after", "60")], "<html>", Some(60.0)),
            (&[("retry-after", "1"), ("x-ratelimit-reset-after", "64.57")], r#"{"retry_after": 2}"#, Some(64.57)),
            (&[("retry-after", "-1")], r#"{"retry_after": 4}"#, Some(4.0)),
            (&[("retry-after", "inf"), ("x-ratelimit-reset-after", "nan")], r#"{"retry_after": 4}"#, Some(4.0)),
            (&[("retry-after", "1e999")], r#"{"retry_after": -4}"#, None),
            (&[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")], r#"{"retry_after": null}"#, None),
            (&[("retry-after", "0")], r#"{"retry_after": 0}"#, None),
            (&[("retry-after", "")], r#"{"retry_after": "60"}"#, None),
            (&[], "[60]", None),
            (&[], "", None),
        ] {
            assert_eq!(read(headers, body).retry_after, seconds, "{headers:?} {body}");
        }
    }

    #[test]
    fn the_scope_is_in_a_header_or_in_the_body() {
        for (headers, body, scope) in [
            (&[][..], "{}", RateLimitScope::User),
            (&[("x-ratelimit-scope", "user")], r#"{"global": false}"#, RateLimitScope::User),
            (&[("x-ratelimit-scope", "shared")], r#"{"global": false}"#, RateLimitScope::Shared),
            (&[("x-ratelimit-scope", "global")], "", RateLimitScope::Global),
            (&[("x-ratelimit-global", "true")], "<html>", RateLimitScope::Global),
            (&[("x-ratelimit-global", "false")], r#"{"global": true}"#, RateLimitScope::Global),
            (&[], r#"{"global": "true"}"#, RateLimitScope::User),
        ] {
            assert_eq!(read(headers, body).scope, scope, "{headers:?} {body}");
        }
    }
}
