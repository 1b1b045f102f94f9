//! The gateway: HTTP in, a real API Gateway event (HTTP API, payload 2.0) to the function, and its answer back.
//!
//! What API Gateway does to a request on the way is done here too: duplicate headers and query parameters joined by commas, cookies
//! in a list of their own, bodies that are no text in base64, the limits on headers and body, `$default` for what no route takes.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONTENT_TYPE, COOKIE, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, request::Parts};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use lambda_http::request::LambdaRequest;
use lambda_http::{BoxFuture, LambdaEvent, lambda_runtime};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use shared::Context;
use shared::http::Endpoint;

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
}

impl Gateway {
    /// Ready for `axum::serve`, with the callers' addresses.
    pub fn router(self) -> Router {
        Router::new().fallback(forward).with_state(Arc::new(self))
    }

    /// The function of a request's route, the route's key, and what the path's parameters stand for.
    fn route(&self, method: &str, path: &str) -> (&str, String, BTreeMap<String, String>) {
        let segments: Vec<_> =
            path.split('/').map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned()).collect();
        let found = self.routes.iter().filter(|route| route.method == method);
        let found = found.filter_map(|route| Some((route, parameters(&route.path, &segments)?)));
        // Of several, the one with the fewest parameters: a path that is spelled out goes before one that takes any text.
        match found.min_by_key(|(_, parameters)| parameters.len()) {
            Some((route, parameters)) => (&route.function, format!("{} {}", route.method, route.path), parameters),
            None => (&self.unmatched, "$default".to_owned(), BTreeMap::new()),
        }
    }
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
    if header_bytes(&parts) > MOST_HEADER_BYTES {
        return own_answer(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large");
    }
    let Ok(body) = to_bytes(body, MOST_BODY_BYTES).await else {
        return own_answer(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    match invoke(&gateway, &parts, &body, caller).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(error = error.as_ref() as &dyn std::error::Error, "a function gave no answer");
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
    let (name, route_key, parameters) = gateway.route(parts.method.as_str(), parts.uri.path());
    let function = gateway.functions.get(name).ok_or_else(|| format!("{name} is not linked"))?;
    let arrival = Arrival {
        request_id: STANDARD.encode(function.context.random::<11>()?),
        now: function.context.clock.now(),
        caller,
    };
    let event = event(gateway, parts, body, &arrival, &route_key, &parameters).to_string();

    let payload: LambdaRequest = serde_json::from_str(&event)?;
    let mut context = lambda_runtime::Context::default();
    context.request_id = arrival.request_id;
    http_answer(&call(function, LambdaEvent { payload, context }).await?)
}

/// Boxed, since the compiler does not see that what `respond` awaits is `Send` for every lifetime.
fn call(function: &Function, event: LambdaEvent<LambdaRequest>) -> BoxFuture<'_, Result<Value, lambda_runtime::Error>> {
    Box::pin(async move {
        let answer = shared::http::respond(&function.endpoint, &function.context, event).await?;
        Ok(serde_json::to_value(answer)?)
    })
}

struct Arrival {
    request_id: String,
    now: DateTime<Utc>,
    caller: SocketAddr,
}

/// The event, as documented under "Working with AWS Lambda proxy integrations for HTTP APIs".
fn event(
    gateway: &Gateway,
    parts: &Parts,
    body: &Bytes,
    Arrival { request_id, now, caller }: &Arrival,
    route_key: &str,
    path_parameters: &BTreeMap<String, String>,
) -> Value {
    let path = parts.uri.path();
    let mut event = json!({
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "headers": joined_headers(&parts.headers),
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "local",
            "domainName": gateway.domain_name,
            "domainPrefix": gateway.domain_name.split('.').next(),
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": format!("{:?}", parts.version),
                "sourceIp": caller.ip().to_string(),
                "userAgent": parts.headers.get(USER_AGENT).map(lossy),
            },
            "requestId": request_id,
            "routeKey": route_key,
            "stage": "$default",
            "time": now.format("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.timestamp_millis(),
        },
        "isBase64Encoded": false,
    });
    let cookies: Vec<_> = parts.headers.get_all(COOKIE).iter().map(lossy).collect();
    if !cookies.is_empty() {
        event["cookies"] = cookies.iter().flat_map(|line| line.split(';')).map(str::trim).collect();
    }
    if let Some(query) = parts.uri.query().filter(|query| !query.is_empty()) {
        event["queryStringParameters"] = joined_query(query);
    }
    if !path_parameters.is_empty() {
        event["pathParameters"] = json!(path_parameters);
    }
    match std::str::from_utf8(body) {
        Ok("") => {}
        Ok(text) if is_text(&parts.headers) => event["body"] = json!(text),
        _ => {
            event["body"] = json!(STANDARD.encode(body));
            event["isBase64Encoded"] = json!(true);
        }
    }
    event
}

fn header_bytes(parts: &Parts) -> usize {
    let headers: usize = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    headers + parts.uri.path_and_query().map_or(0, |path| path.as_str().len()) + parts.method.as_str().len()
}

fn joined_headers(headers: &HeaderMap) -> Map<String, Value> {
    let names = headers.keys().filter(|name| **name != COOKIE);
    names
        .map(|name| (name.to_string(), json!(headers.get_all(name).iter().map(lossy).collect::<Vec<_>>().join(","))))
        .collect()
}

fn joined_query(query: &str) -> Value {
    let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        parameters.entry(name.into_owned()).or_default().push(value.into_owned());
    }
    parameters.into_iter().map(|(name, values)| (name, json!(values.join(",")))).collect::<Map<_, _>>().into()
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

fn http_answer(answer: &Value) -> Result<Response<Body>, lambda_runtime::Error> {
    let status = answer["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok()).ok_or("no statusCode")?;
    let text = answer["body"].as_str().unwrap_or_default();
    let body = if answer["isBase64Encoded"] == true { STANDARD.decode(text)? } else { text.as_bytes().to_vec() };
    let mut response = Response::builder().status(status).body(Body::from(body))?;
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        response
            .headers_mut()
            .insert(HeaderName::try_from(name)?, HeaderValue::try_from(value.as_str().unwrap_or_default())?);
    }
    for cookie in answer["cookies"].as_array().into_iter().flatten() {
        response
            .headers_mut()
            .append(axum::http::header::SET_COOKIE, HeaderValue::try_from(cookie.as_str().unwrap_or_default())?);
    }
    Ok(response)
}

/// What API Gateway answers by itself.
fn own_answer(status: StatusCode, message: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(json!({ "message": message }).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
