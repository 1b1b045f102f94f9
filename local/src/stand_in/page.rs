//! The authorization page: what the application asks for, and who says yes.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::response::{Html, IntoResponse, Response};

use super::grants::Scopes;
use super::params::Params;
use super::world::{SeededUser, users};

const STYLE: &str = "\
:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}\
body{margin:0 auto;padding:2rem 1rem;max-width:34rem}\
h1{font-size:1.5rem;margin:0 0 .5rem}\
h2{font-size:1.1rem;margin:1.5rem 0 .5rem}\
ul{padding-left:1.2rem;margin:0}\
form ul{list-style:none;padding:0;display:grid;gap:.5rem}\
button{font:inherit;text-align:left;width:100%;padding:.6rem .9rem;border:1px solid #8886;border-radius:.5rem;\
background:#8881;color:inherit;cursor:pointer}\
button:hover,button:focus-visible{background:#5865f233;border-color:#5865f2}\
button:focus-visible{outline:3px solid #5865f2;outline-offset:2px}\
button span{display:block;opacity:.8;font-size:.9rem}\
.cancel{margin-top:1rem;width:auto}\
p{margin:.5rem 0}";

/// Asks who signs in.
pub(crate) fn ask(scopes: &Scopes, params: &Params) -> Response {
    let scopes: String = scopes.iter().map(|scope| format!("<li><code>{}</code>", escaped(scope))).collect();
    let hidden: String =
        params.iter().filter(|(name, _)| *name != "as_user").map(|(name, value)| hidden(name, value)).collect();
    let choices: String = users().iter().map(choice).collect();
    let main = format!(
        "<h1>Sign in to guildpass</h1>\
         <p>This is the stand-in Discord, for development only. No password, no real account.</p>\
         <h2>guildpass asks for</h2><ul>{scopes}</ul>\
         <form method=\"get\"><h2>Authorize as</h2>{hidden}<ul>{choices}</ul>\
         <button class=\"cancel\" name=\"as_user\" value=\"cancel\">Cancel</button></form>"
    );
    answer(StatusCode::OK, "Authorize", &main)
}

/// Says what is wrong with the request; nobody is redirected.
pub(crate) fn error(message: &str) -> Response {
    let main = format!("<h1>Error</h1><p role=\"alert\">{}</p>", escaped(message));
    answer(StatusCode::BAD_REQUEST, "Error", &main)
}

fn choice(user: &SeededUser) -> String {
    let name = user.global_name.unwrap_or(user.username);
    format!(
        "<li><button name=\"as_user\" value=\"{}\"><strong>{}</strong> (@{})<span>{}</span></button>",
        user.id,
        escaped(name),
        escaped(user.username),
        escaped(user.role)
    )
}

fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escaped(name), escaped(value))
}

/// No `form-action` in the policy: browsers apply it to the redirect after the form, and that leads to the application.
fn answer(status: StatusCode, title: &str, main: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title} · stand-in Discord</title><style>{STYLE}</style><main>{main}</main></html>"
    );
    let headers = [
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ];
    (status, headers, Html(page)).into_response()
}

fn escaped(text: &str) -> String {
    let escape = |character| match character {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        other => other.to_string(),
    };
    text.chars().map(escape).collect()
}
