//! How each fault looks on the wire.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use futures_core::Stream;
use serde_json::{Map, Value};
use tokio::time::{Interval, interval, sleep};

use super::Route;
use super::answers::{self, RestError, Scope};
use super::faults::{BlockForm, Fault, GarbledForm, RateLimitForm};
use super::limits::Standing;

/// A chunk of the oversized body; 1,600 of them are 100 MB.
const CHUNK: usize = 65_536;
const CHUNKS: u32 = 1_600;
/// More than the stand-in ever answers.
const WHOLE_BODY: usize = 16 * 1024 * 1024;

/// Where and when.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) route: Route,
    pub(crate) now: DateTime<Utc>,
}

pub(crate) async fn misbehave(fault: Fault, at: Place, request: Request, next: Next) -> Response {
    match fault {
        Fault::RateLimited { form, retry_after, global } => rate_limited(form, retry_after, global, at),
        Fault::Status { code, html } => server_error(code, html),
        Fault::Reset => abort(),
        Fault::Stall { seconds } => {
            sleep(Duration::from_secs(seconds.into())).await;
            abort()
        }
        Fault::SlowBody { every_ms } => drip(next.run(request).await, every_ms).await,
        Fault::Garbled { form } => garble(next.run(request).await, form).await,
        Fault::Patched { patch } => patched(next.run(request).await, &patch).await,
        Fault::Oversized => oversized(),
        Fault::DeadTokens => RestError::UNAUTHORIZED.into_response(),
        Fault::LostReply => {
            drop(next.run(request).await);
            abort()
        }
        Fault::CloudflareBlock { form: BlockForm::Json } => answers::blocked_by_cloudflare_json(),
        Fault::CloudflareBlock { form: BlockForm::Html } => answers::html_error(StatusCode::FORBIDDEN),
    }
}

fn rate_limited(form: RateLimitForm, retry_after: Option<i64>, global: bool, at: Place) -> Response {
    let seconds = retry_after.unwrap_or(1);
    match form {
        RateLimitForm::Json | RateLimitForm::Shared => {
            let mut response = answers::rate_limited_body(&seconds.into(), global);
            let is_shared = form == RateLimitForm::Shared;
            answers::retry_headers(
                response.headers_mut(),
                seconds,
                if is_shared { Scope::Shared } else { Scope::of(global) },
            );
            if !global {
                answers::limit_headers(response.headers_mut(), at.route, &used_up(seconds, at.now));
            }
            response
        }
        RateLimitForm::NoHeaders => answers::rate_limited_body(&seconds.into(), global),
        RateLimitForm::Html => {
            let mut response = answers::html_error(StatusCode::TOO_MANY_REQUESTS);
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            response
        }
    }
}

fn used_up(seconds: i64, now: DateTime<Utc>) -> Standing {
    let resets_after = TimeDelta::try_seconds(seconds).unwrap_or_default();
    let resets_at = now.checked_add_signed(resets_after).unwrap_or(now);
    Standing { exceeded: true, limit: 1, remaining: 0, resets_at, resets_after }
}

fn server_error(code: u16, html: bool) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if html { answers::html_error(status) } else { answers::server_error(status) }
}

/// Drops the connection: a body that fails before its first byte makes hyper close without having sent the head.
fn abort() -> Response {
    Body::from_stream(Broken).into_response()
}

async fn drip(response: Response, every_ms: u32) -> Response {
    let (head, bytes) = taken_apart(response).await;
    let tick = interval(Duration::from_millis(every_ms.max(1).into()));
    Response::from_parts(head, Body::from_stream(Drip { bytes, tick }))
}

async fn garble(response: Response, form: GarbledForm) -> Response {
    let (mut head, mut bytes) = taken_apart(response).await;
    let text = match form {
        GarbledForm::Truncated => {
            bytes.truncate(bytes.len() / 2);
            bytes
        }
        GarbledForm::WrongContentType => {
            head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            bytes
        }
        GarbledForm::Object => Bytes::from_static(b"{}"),
        GarbledForm::Array => Bytes::from_static(b"[]"),
        GarbledForm::Null => Bytes::from_static(b"null"),
    };
    Response::from_parts(head, Body::from(text))
}

async fn patched(response: Response, patch: &Value) -> Response {
    let (head, bytes) = taken_apart(response).await;
    let mut body = serde_json::from_slice(&bytes).unwrap_or_default();
    merge(&mut body, patch);
    Response::from_parts(head, Body::from(body.to_string()))
}

/// RFC 7396, section 2.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(target) = target.as_object_mut() else { return };
    for (name, patch) in patch {
        if patch.is_null() {
            target.remove(name);
        } else {
            merge(target.entry(name.clone()).or_insert(Value::Null), patch);
        }
    }
}

/// Head and body of an answer, without the length that no longer holds.
async fn taken_apart(response: Response) -> (axum::http::response::Parts, Bytes) {
    let (mut head, body) = response.into_parts();
    head.headers.remove(CONTENT_LENGTH);
    (head, axum::body::to_bytes(body, WHOLE_BODY).await.unwrap_or_default())
}

fn oversized() -> Response {
    let chunk = Bytes::from(vec![b' '; CHUNK]);
    ([(CONTENT_TYPE, "application/json")], Body::from_stream(Oversized { chunk, left: CHUNKS })).into_response()
}

struct Broken;

impl Stream for Broken {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
    }
}

struct Drip {
    bytes: Bytes,
    tick: Interval,
}

impl Stream for Drip {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.bytes.is_empty() {
            return Poll::Ready(None);
        }
        ready!(self.tick.poll_tick(context));
        Poll::Ready(Some(Ok(self.bytes.split_to(1))))
    }
}

struct Oversized {
    chunk: Bytes,
    left: u32,
}

impl Stream for Oversized {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(left) = self.left.checked_sub(1) else { return Poll::Ready(None) };
        self.left = left;
        Poll::Ready(Some(Ok(self.chunk.clone())))
    }
}
