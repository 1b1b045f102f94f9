//! What a caller can read: a person's browser asks for HTML, a program takes anything or asks for JSON.

use lambda_http::http::HeaderMap;
use lambda_http::http::header::ACCEPT;

/// Whether `Accept` names HTML, and at least as much as JSON. `*/*` alone is a program's.
pub(super) fn wants_html(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let (mut html, mut json) = (0.0_f32, 0.0_f32);
    for range in values.flat_map(|value| value.split(',')) {
        let (name, weight) = weighted(range);
        match name.to_ascii_lowercase().as_str() {
            "text/html" | "application/xhtml+xml" | "text/*" => html = html.max(weight),
            "application/json" | "application/*" => json = json.max(weight),
            _ => {}
        }
    }
    html > 0.0 && html >= json
}

/// A media range and its weight (RFC 9110, section 12.4.2).
fn weighted(range: &str) -> (&str, f32) {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    (name, weight.and_then(|weight| weight.parse().ok()).unwrap_or(1.0))
}

#[cfg(test)]
mod tests {
    use lambda_http::http::HeaderValue;

    use super::*;

    #[test]
    fn browsers_get_html_and_programs_json() {
        let accepts =
            |text: &'static str| wants_html(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(text))]));
        for text in [
            "text/html",
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
            "TEXT/HTML; charset=utf-8, application/json;q=0.9",
            "text/*",
            "application/json, text/html",
            "text/html;q=0.5, */*;q=0.1",
        ] {
            assert!(accepts(text), "{text}");
        }
        for text in [
            "",
            "*/*",
            "application/json",
            "application/json, text/plain, */*",
            "application/json, text/html;q=0.9",
            "text/html;q=0",
            "text/plain",
            ",;q=",
        ] {
            assert!(!accepts(text), "{text}");
        }
        assert!(!wants_html(&HeaderMap::new()));
    }
}
