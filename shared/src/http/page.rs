//! Pages: HTML, rendered whole, with a policy that lets a browser run nothing that is not ours.

use askama::Template;
use lambda_http::Body;
use lambda_http::http::HeaderValue;
use lambda_http::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};

use super::{ApiError, Caller, Request, Response, StatusCode};
use crate::domain::{ImageSize, ReturnTo, avatar_url, is_deceptive};
use crate::pages::{Asset, Content, Problem, Retry, Shown, Viewer, WellKnown};

/// Scripts, styles and requests are our own; pictures may come from anywhere by https, since logos do. Nobody may frame a page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const FOREVER: &str = "public, max-age=31536000, immutable";
const FOR_A_DAY: &str = "public, max-age=86400";

/// An HTML page. Whatever its view holds, no character that deceives the eye goes out.
pub fn page(status: StatusCode, view: &impl Template) -> Result<Response, ApiError> {
    let mut text = view.render().map_err(ApiError::internal)?;
    text.retain(|char| char == '\n' || !is_deceptive(char));
    let mut response = Response::new(Body::Text(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    Ok(response)
}

/// A stylesheet or script. Its URL changes with it, so it may be kept for ever.
pub fn asset(asset: &Asset) -> Response {
    file(Body::Text(asset.text.to_owned()), asset.content_type, FOREVER)
}

/// A file under a name that never changes.
pub fn well_known(file_of_ours: &WellKnown) -> Response {
    let body = match file_of_ours.content {
        Content::Text(text) => Body::Text(text.to_owned()),
        Content::Bytes(bytes) => Body::Binary(bytes.to_vec()),
    };
    file(body, file_of_ours.content_type, FOR_A_DAY)
}

fn file(body: Body, content_type: &'static str, kept: &'static str) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    response
}

/// Who looks at a page.
pub fn viewer(caller: &Caller) -> Viewer {
    let user_id = caller.account.user_id;
    let profile = caller.account.profile.as_ref();
    let size = Some(ImageSize::Px64);
    let avatar_url = profile.map_or_else(|| avatar_url(user_id, None, None, size), |profile| profile.avatar_url(size));
    let name = profile.map_or_else(|| Shown::first([], &user_id.to_string()), Shown::name_of);
    Viewer { name, avatar_url }
}

/// Where a request for a page leads back to: its own path and query, or home if no browser would write them so.
pub fn this_page(request: &Request) -> ReturnTo {
    let (path, query) = (super::path_of(request), request.uri().query());
    let text = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    text.parse().unwrap_or_default()
}

/// The page that says what happened and what to do.
pub(super) fn problem_page(error: &ApiError, viewer: Option<Viewer>, retry: Retry) -> Result<Response, ApiError> {
    page(error.status(), &Problem::of(error.code(), &error.to_string(), viewer, retry))
}
