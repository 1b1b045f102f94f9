//! One endpoint: served by Lambda, answered for the local gateway, logged once per request.

use std::convert::Infallible;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use lambda_http::http::header::HOST;
use lambda_http::http::uri::PathAndQuery;
use lambda_http::http::{HeaderValue, Method};
use lambda_http::lambda_runtime::{self, LambdaEvent, service_fn};
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Body, BoxFuture, Service};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;
use tokio::time::Instant;

use super::accept::wants_html;
use super::answer::add_common_headers;
use super::page::viewer;
use super::request::{path_id, request_id, route};
use super::{ApiError, Caller, Request, Response, Visit};
use crate::Context;
use crate::context::Need;
use crate::domain::UserId;
use crate::domain::error_chain;
use crate::logs::discord_refusal;
use crate::pages::{Retry, Viewer};
use crate::seen::SeenCaller;
use crate::start::start;

/// The future of a handler's answer.
pub type Handled<'a> = BoxFuture<'a, Result<Response, ApiError>>;

/// What an endpoint does.
type Handle = for<'a> fn(&'a Context, Request) -> Handled<'a>;

/// One endpoint, as Lambda and the local gateway know it.
#[derive(Clone, Copy)]
pub struct Endpoint {
    /// Its function's name.
    pub name: &'static str,
    /// What it needs beside a clock and randomness.
    pub needs: &'static [Need],
    handle: Handle,
    errors: Errors,
    is_public: bool,
}

/// In what form an endpoint says what went wrong.
#[derive(Clone, Copy)]
enum Errors {
    Json,
    Pages,
    /// A page for those who ask for HTML.
    AsAccepted,
}

impl Endpoint {
    /// An endpoint that speaks JSON.
    pub const fn new(name: &'static str, needs: &'static [Need], handle: Handle) -> Self {
        Self { name, needs, handle, errors: Errors::Json, is_public: false }
    }

    /// An endpoint that people look at: its errors are pages too.
    pub const fn page(name: &'static str, needs: &'static [Need], handle: Handle) -> Self {
        Self { name, needs, handle, errors: Errors::Pages, is_public: false }
    }

    /// The same, with answers that pages of other sites may embed.
    pub const fn public(self) -> Self {
        Self { is_public: true, ..self }
    }

    /// An endpoint that programs and people come to: its errors are what they accept.
    pub const fn for_both(name: &'static str, needs: &'static [Need], handle: Handle) -> Self {
        Self { name, needs, handle, errors: Errors::AsAccepted, is_public: false }
    }

    /// What an error's page needs to know of the request; `None` where errors are JSON.
    fn visit(&self, request: &Request) -> Option<Visit> {
        let is_page = match self.errors {
            Errors::Json => false,
            Errors::Pages => true,
            Errors::AsAccepted => wants_html(request.headers()),
        };
        is_page.then(|| Visit::of(request))
    }
}

/// Runs an endpoint on Lambda until the instance ends. Wrong configuration stops it before the first request, named in the log.
pub fn serve(endpoint: Endpoint) -> ExitCode {
    start(endpoint.name, endpoint.needs, async |cx| {
        #[expect(clippy::disallowed_methods, reason = "the one place that serves HTTP")]
        lambda_runtime::run(service_fn(|event: LambdaEvent<LambdaRequest>| respond(&endpoint, &cx, event))).await
    })
}

/// Answers one event. The local gateway calls this too: what happens between event and event is the same there.
pub fn respond<'a>(
    endpoint: &'a Endpoint,
    cx: &'a Context,
    event: LambdaEvent<LambdaRequest>,
) -> BoxFuture<'a, Result<impl Serialize + use<>, Infallible>> {
    let LambdaEvent { mut payload, context } = event;
    if let LambdaRequest::ApiGatewayV2(event) = &mut payload {
        make_harmless(event);
    }
    let mut adapter = Adapter::from(service_fn(move |request| answer(endpoint, cx, request)));
    Box::pin(adapter.call(LambdaEvent { payload, context }))
}

const NOT_IN_A_QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// `lambda_http` makes a URL of the event, and panics where that fails; and a panic ends the instance. What callers can put there is
/// made safe: a body that is no base64 is taken as text, `Host` and `X-Forwarded-Proto` decide nothing here, and a query is encoded
/// where it is not. It also drops all cookies where one of them cannot stand in a header; here that one goes alone.
fn make_harmless(event: &mut ApiGatewayV2httpRequest) {
    event.headers.remove(HOST);
    event.headers.remove("x-forwarded-proto");
    if let Some(cookies) = event.cookies.as_mut() {
        cookies.retain(|cookie| HeaderValue::from_str(cookie).is_ok());
    }
    if let Some(path) = event.raw_path.as_mut().filter(|path| !path.starts_with('/')) {
        path.insert(0, '/');
    }
    if let Some(query) = event.raw_query_string.as_mut() {
        *query = utf8_percent_encode(query, NOT_IN_A_QUERY).to_string();
        if PathAndQuery::try_from(format!("/?{query}")).is_err() {
            query.clear();
        }
    }
    if event.is_base64_encoded && event.body.as_ref().is_some_and(|body| STANDARD.decode(body).is_err()) {
        event.is_base64_encoded = false;
    }
}

/// What the log and an error's page say of a request, gathered on the way. Each is noted once: a second note would be the same.
#[derive(Default)]
pub(super) struct Seen {
    request_id: String,
    route: String,
    caller: OnceLock<SeenCaller>,
    viewer: OnceLock<Viewer>,
    retry: OnceLock<Retry>,
}

impl Seen {
    fn of(request: &Request) -> Option<&Self> {
        request.extensions().get::<Arc<Self>>().map(AsRef::as_ref)
    }

    pub(super) fn note_caller(request: &Request, caller: SeenCaller) {
        let _noted_before = Self::of(request).map(|seen| seen.caller.set(caller));
    }

    pub(super) fn note_viewer(request: &Request, caller: &Caller) {
        let _viewer = Self::of(request).map(|seen| seen.viewer.get_or_init(|| viewer(caller)));
    }

    /// What a person can try again, should this request fail.
    pub(super) fn note_retry(request: &Request, retry: Retry) {
        let _noted_before = Self::of(request).map(|seen| seen.retry.set(retry));
    }
}

/// Answers one request: never fails, only answers. Logs one line, and the cause of a failure once.
fn answer<'a>(
    endpoint: &'a Endpoint,
    cx: &'a Context,
    request: Request,
) -> BoxFuture<'a, Result<Response, Infallible>> {
    Box::pin(async move { Ok(answer_and_log(endpoint, cx, request).await) })
}

async fn answer_and_log(endpoint: &Endpoint, cx: &Context, mut request: Request) -> Response {
    let start = Instant::now();
    let request_id = request_id(&request).unwrap_or_default().to_owned();
    let route = route(&request).to_owned();
    let seen = Arc::new(Seen { request_id, route, ..Seen::default() });
    request.extensions_mut().insert(Arc::clone(&seen));

    let subject = path_id(&request, "user_id").ok().map(|user_id: UserId| user_id.to_string());
    let (visit, is_head) = (endpoint.visit(&request), request.method() == Method::HEAD);
    let outcome = (endpoint.handle)(cx, request).await;

    let error_code = outcome.as_ref().err().map(ApiError::code);
    let mut response = match outcome {
        Ok(response) => response,
        Err(error) => {
            log_cause(endpoint, &seen, &error);
            error_response(cx, &error, &seen, visit.as_ref()).await
        }
    };
    add_common_headers(response.headers_mut(), endpoint.is_public);
    if is_head {
        *response.body_mut() = Body::Empty;
    }
    let (caller, status) = (seen.caller.get().copied(), response.status().as_u16());
    tracing::info!(
        endpoint = endpoint.name,
        route = seen.route,
        request_id = seen.request_id,
        caller_kind = caller.map(SeenCaller::kind),
        user_id = caller.and_then(SeenCaller::user_id),
        subject_user_id = subject,
        app_id = caller.and_then(SeenCaller::app_id),
        status,
        error_code,
        duration_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        "{} {status}",
        seen.route
    );
    response
}

async fn error_response(cx: &Context, error: &ApiError, seen: &Seen, visit: Option<&Visit>) -> Response {
    match visit {
        None => error.complete(error.as_json(&seen.request_id)),
        Some(visit) => {
            let known = (seen.viewer.get().cloned(), seen.retry.get().cloned());
            error.complete(cx.error_page(error, visit, known).await)
        }
    }
}

fn log_cause(endpoint: &Endpoint, seen: &Seen, error: &ApiError) {
    if let Some(cause) = std::error::Error::source(error) {
        tracing::error!(
            endpoint = endpoint.name,
            route = seen.route,
            request_id = seen.request_id,
            error_code = error.code(),
            discord_refusal = discord_refusal(cause),
            "{}",
            error_chain(cause)
        );
    }
}
