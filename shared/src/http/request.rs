//! What a request says beside its body and its query.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use lambda_http::RequestExt;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequestContext;
use lambda_http::http::header::USER_AGENT;
use lambda_http::request::RequestContext;

use super::routes::is_route_key;
use super::{ApiError, Request};
use crate::domain::{MalformedId, UserAgent};

/// A parameter of the route's path, percent-decoded by API Gateway.
pub fn path<'r>(request: &'r Request, name: &'static str) -> Result<&'r str, ApiError> {
    let parameters = request.path_parameters_ref();
    parameters
        .and_then(|parameters| parameters.first(name))
        .ok_or_else(|| ApiError::field(name, "is missing from the path"))
}

/// An id in the route's path.
pub fn path_id<T: FromStr<Err = MalformedId>>(request: &Request, name: &'static str) -> Result<T, ApiError> {
    path(request, name)?.parse().map_err(|problem| ApiError::field(name, problem))
}

/// The path as the caller wrote it.
pub fn path_of(request: &Request) -> &str {
    request.raw_http_path()
}

/// The program that calls.
pub fn user_agent(request: &Request) -> Option<UserAgent> {
    // Bytes, not `to_str`: that would refuse what is not ASCII.
    let header = request.headers().get(USER_AGENT)?;
    UserAgent::from_header(&String::from_utf8_lossy(header.as_bytes()))
}

/// Where a request comes from, as API Gateway saw it: no header decides that. An IPv6 caller owns a whole /64, so that stands for them.
pub fn source_address(request: &Request) -> Result<String, ApiError> {
    let address =
        context(request).and_then(|context| context.http.source_ip.as_deref()).and_then(|text| text.parse().ok());
    match address {
        Some(IpAddr::V4(address)) => Ok(address.to_string()),
        Some(IpAddr::V6(address)) => Ok(match address.to_ipv4_mapped() {
            Some(address) => address.to_string(),
            None => format!("{}/64", Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        }),
        None => Err(ApiError::internal("the event has no source address")),
    }
}

/// Our own name, as API Gateway was called by it.
pub(super) fn domain_name(request: &Request) -> Option<&str> {
    context(request)?.domain_name.as_deref()
}

pub(super) fn request_id(request: &Request) -> Option<&str> {
    context(request)?.request_id.as_deref()
}

/// The route that API Gateway matched, as its key (`DELETE /sessions/{session_id}`), or `unmatched`. Only keys of our own routes are
/// given: the text is never the caller's.
pub(super) fn route(request: &Request) -> &str {
    let key = context(request).and_then(|context| context.route_key.as_deref());
    key.filter(|key| is_route_key(key)).unwrap_or("unmatched")
}

fn context(request: &Request) -> Option<&ApiGatewayV2httpRequestContext> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => Some(context),
        _ => None,
    }
}
