//! One name for this machine. Cookies go by the name, and Discord sends browsers back to one alone: a person who came by another name
//! of the loopback is sent to that one first.

use axum::body::Body;
use axum::http::header::{ACCEPT, HOST, HeaderValue, LOCATION};
use axum::http::{Method, Response, StatusCode, request::Parts};

/// Sends a browser that came by another name of this machine to the same page at `own_host`; `None` for everybody else.
pub(crate) fn redirect(own_host: &str, request: &Parts) -> Option<Response<Body>> {
    let host = request.headers.get(HOST)?.to_str().ok()?;
    let is_elsewhere = is_loopback(name_of(host)) && name_of(host) != name_of(own_host);
    if !is_elsewhere || !matches!(request.method, Method::GET | Method::HEAD) || !is_for_a_browser(request) {
        return None;
    }
    let path = request.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    response.headers_mut().insert(LOCATION, HeaderValue::try_from(format!("http://{own_host}{path}")).ok()?);
    Some(response)
}

/// A host without its port.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn is_loopback(name: &str) -> bool {
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

/// A page, or the beginning of a sign-in for our own pages: programs may call us by any name.
fn is_for_a_browser(request: &Parts) -> bool {
    let accepts_html = request.headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    let is_sign_in = request.uri.path() == "/oauth2/authorize"
        && !request.uri.query().unwrap_or_default().split('&').any(|pair| pair.starts_with("redirect_uri="));
    is_sign_in || accepts_html.is_some_and(|accept| accept.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn location(method: &str, path: &str, host: &str, accept: &str) -> Option<String> {
        let request = Request::builder().method(method).uri(path).header(HOST, host).header(ACCEPT, accept);
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let response = redirect("localhost:8080", &parts)?;
        Some(response.headers()[LOCATION].to_str().unwrap().to_owned())
    }

    #[test]
    fn a_browser_is_sent_to_the_one_name_and_a_program_is_not() {
        for host in ["127.0.0.1:8080", "[::1]:8080", "127.0.0.2:8080"] {
            for (path, accept) in [
                ("/portal?x=1", "text/html,*/*;q=0.8"),
                ("/oauth2/authorize?return_to=%2Fportal", "*/*"),
                ("//x", "text/html"),
            ] {
                assert_eq!(location("GET", path, host, accept), Some(format!("http://localhost:8080{path}")), "{host}");
            }
        }
        for (method, path, host, accept) in [
            ("GET", "/portal", "localhost:8080", "text/html"),
            ("GET", "/portal", "guildpass.example", "text/html"),
            ("GET", "/portal", "127.0.0.1.evil.example:8080", "text/html"),
            ("GET", "/users/@me", "127.0.0.1:8080", "*/*"),
            ("GET", "/oauth2/authorize?redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcallback", "127.0.0.1:8080", "*/*"),
            ("POST", "/oauth2", "127.0.0.1:8080", "text/html"),
        ] {
            assert_eq!(location(method, path, host, accept), None, "{method} {host}{path}");
        }
    }
}
