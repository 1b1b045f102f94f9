//! The gateway: HTTP in, a real API Gateway event (HTTP API, payload 2.0) to the function, and its answer back.
//!
//! What API Gateway does to a request on the way is done here too: duplicate headers and query parameters joined by commas, cookies
//! in a list of their own, bodies that are no text in base64, the limits on headers and body, `$default` for what no route takes, CORS.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, request::Parts};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use lambda_http::request::LambdaRequest;
use lambda_http::{LambdaEvent, lambda_runtime};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::Context;
use shared::http::Endpoint;

use crate::cors::Cors;
use crate::one_host;
use crate::template::Route;

/// Request line and headers together, as API Gateway bounds them.
const MOST_HEADER_BYTES: usize = 10_240;
/// Likewise the body.
const MOST_BODY_BYTES: usize = 10 * 1024 * 1024;

/// A function, ready to be called.
pub struct Function {
    /// Its code.
    pub endpoint: Endpoint,
    /// Its context.
    pub context: Context,
}

/// What stands between HTTP and the functions.
pub struct Gateway {
    /// The routes of the template.
    pub routes: Vec<Route>,
    /// The function of what no route takes.
    pub unmatched: String,
    /// Every function, by name.
    pub functions: BTreeMap<&'static str, Function>,
    /// The name that requests are called to come by.
    pub domain_name: String,
    /// Whose scripts may call.
    pub cors: Cors,
}

impl Gateway {
    /// Ready for `axum::serve`, with the callers' addresses.
    pub fn router(self) -> Router {
        Router::new().fallback(forward).with_state(Arc::new(self))
    }

    fn route(&self, method: &str, path: &str) -> Matched<'_> {
        let segments: Vec<_> =
            path.split('/').map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned()).collect();
        let found = self.routes.iter().filter(|route| route.method == method);
        let found = found.filter_map(|route| Some((route, parameters(&route.path, &segments)?)));
        // Of several, the one with the fewest parameters: a path that is spelled out goes before one that takes any text.
        match found.min_by_key(|(_, parameters)| parameters.len()) {
            Some((route, parameters)) => {
                Matched { function: &route.function, key: format!("{} {}", route.method, route.path), parameters }
            }
            None => Matched { function: &self.unmatched, key: "$default".to_owned(), parameters: BTreeMap::new() },
        }
    }
}

/// The route that takes a request.
struct Matched<'g> {
    function: &'g str,
    key: String,
    /// What the path's parameters stand for.
    parameters: BTreeMap<String, String>,
}

fn parameters(pattern: &str, segments: &[String]) -> Option<BTreeMap<String, String>> {
    let names: Vec<_> = pattern.split('/').collect();
    if names.len() != segments.len() {
        return None;
    }
    let mut parameters = BTreeMap::new();
    for (name, segment) in names.into_iter().zip(segments) {
        match name.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) if !segment.is_empty() => drop(parameters.insert(name.to_owned(), segment.clone())),
            None if name == segment => {}
            _ => return None,
        }
    }
    Some(parameters)
}

async fn forward(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(caller): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let mut response = match gateway.cors.preflight(&parts) {
        Some(preflight) => preflight,
        None => actual_answer(&gateway, &parts, body, caller).await,
    };
    // Functions say it themselves; what the gateway answers is nobody else's either.
    let policy = response.headers_mut().entry("cross-origin-resource-policy");
    policy.or_insert(HeaderValue::from_static("same-origin"));
    response
}

async fn actual_answer(gateway: &Gateway, parts: &Parts, body: Body, caller: SocketAddr) -> Response<Body> {
    if let Some(elsewhere) = one_host::redirect(&gateway.domain_name, parts) {
        return elsewhere;
    }
    let mut response = answer(gateway, parts, body, caller).await;
    gateway.cors.mark(&parts.headers, response.headers_mut());
    response
}

async fn answer(gateway: &Gateway, parts: &Parts, body: Body, caller: SocketAddr) -> Response<Body> {
    if header_bytes(parts) > MOST_HEADER_BYTES {
        return own_answer(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large");
    }
    let Ok(body) = to_bytes(body, MOST_BODY_BYTES).await else {
        return own_answer(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    match invoke(gateway, parts, &body, caller).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(error = error.as_ref() as &dyn std::error::Error, "function failed");
            own_answer(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
    }
}

async fn invoke(
    gateway: &Gateway,
    parts: &Parts,
    body: &Bytes,
    caller: SocketAddr,
) -> Result<Response<Body>, lambda_runtime::Error> {
    let route = gateway.route(parts.method.as_str(), parts.uri.path());
    let function = gateway.functions.get(route.function).ok_or_else(|| format!("{} is not linked", route.function))?;
    let arrival = Arrival {
        request_id: STANDARD.encode(function.context.random::<11>()?),
        now: function.context.clock.now(),
        caller,
    };
    let event = serde_json::to_string(&Event::new(&gateway.domain_name, parts, body, &arrival, &route))?;

    let payload: LambdaRequest = serde_json::from_str(&event)?;
    let mut context = lambda_runtime::Context::default();
    context.request_id = arrival.request_id;
    let answer = shared::http::respond(&function.endpoint, &function.context, LambdaEvent { payload, context }).await?;

    serde_json::from_str::<Answer>(&serde_json::to_string(&answer)?)?.into_http()
}

struct Arrival {
    request_id: String,
    now: DateTime<Utc>,
    caller: SocketAddr,
}

/// The event, as documented under "Working with AWS Lambda proxy integrations for HTTP APIs".
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'static str,
    route_key: &'a str,
    raw_path: &'a str,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<String>,
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query_string_parameters: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    path_parameters: BTreeMap<String, String>,
    request_context: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    is_base64_encoded: bool,
}

impl<'a> Event<'a> {
    fn new(domain_name: &str, parts: &'a Parts, body: &Bytes, arrival: &Arrival, route: &'a Matched<'_>) -> Self {
        let (body, is_base64_encoded) = event_body(&parts.headers, body);
        Self {
            version: "2.0",
            route_key: &route.key,
            raw_path: parts.uri.path(),
            raw_query_string: parts.uri.query().unwrap_or_default(),
            cookies: cookies(&parts.headers),
            headers: joined_headers(&parts.headers),
            query_string_parameters: joined_query(parts.uri.query().unwrap_or_default()),
            path_parameters: route.parameters.clone(),
            request_context: request_context(domain_name, parts, arrival, &route.key),
            body,
            is_base64_encoded,
        }
    }
}

fn request_context(
    domain_name: &str,
    parts: &Parts,
    Arrival { request_id, now, caller }: &Arrival,
    route_key: &str,
) -> Value {
    json!({
        "accountId": "123456789012",
        "apiId": "local",
        "domainName": domain_name,
        "domainPrefix": domain_name.split('.').next(),
        "http": {
            "method": parts.method.as_str(),
            "path": parts.uri.path(),
            "protocol": format!("{:?}", parts.version),
            "sourceIp": caller.ip().to_string(),
            "userAgent": parts.headers.get(USER_AGENT).map(lossy),
        },
        "requestId": request_id,
        "routeKey": route_key,
        "stage": "$default",
        "time": now.format("%d/%b/%Y:%H:%M:%S +0000").to_string(),
        "timeEpoch": now.timestamp_millis(),
    })
}

fn event_body(headers: &HeaderMap, body: &Bytes) -> (Option<String>, bool) {
    match std::str::from_utf8(body) {
        Ok("") => (None, false),
        Ok(text) if is_text(headers) => (Some(text.to_owned()), false),
        _ => (Some(STANDARD.encode(body)), true),
    }
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(COOKIE).iter().map(lossy);
    lines.flat_map(|line| line.split(';').map(|cookie| cookie.trim().to_owned()).collect::<Vec<_>>()).collect()
}

fn header_bytes(parts: &Parts) -> usize {
    let headers: usize = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    headers + parts.uri.path_and_query().map_or(0, |path| path.as_str().len()) + parts.method.as_str().len()
}

fn joined_headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let names = headers.keys().filter(|name| **name != COOKIE);
    names
        .map(|name| (name.to_string(), headers.get_all(name).iter().map(lossy).collect::<Vec<_>>().join(",")))
        .collect()
}

fn joined_query(query: &str) -> BTreeMap<String, String> {
    let mut parameters: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match parameters.get_mut(&*name) {
            Some(values) => values.extend([",", &value]),
            None => drop(parameters.insert(name.into_owned(), value.into_owned())),
        }
    }
    parameters
}

fn lossy(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(lossy).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.starts_with("text/")
        || matches!(kind.as_str(), "application/json" | "application/javascript" | "application/xml")
}

/// A function's answer, in payload 2.0.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    cookies: Vec<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

impl Answer {
    fn into_http(self) -> Result<Response<Body>, lambda_runtime::Error> {
        let text = self.body.unwrap_or_default();
        let body = if self.is_base64_encoded { STANDARD.decode(text)? } else { text.into_bytes() };
        let mut response = Response::builder().status(self.status_code).body(Body::from(body))?;
        for (name, value) in self.headers {
            response.headers_mut().insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
        }
        for cookie in self.cookies {
            response.headers_mut().append(SET_COOKIE, HeaderValue::try_from(cookie)?);
        }
        Ok(response)
    }
}

/// What API Gateway answers by itself.
fn own_answer(status: StatusCode, message: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(json!({ "message": message }).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
