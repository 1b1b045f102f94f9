//! CORS, as API Gateway does it for an API with a `CorsConfiguration`: preflights are answered without any function, and what a function
//! says of CORS itself is dropped.

use axum::body::Body;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, InvalidHeaderValue, ORIGIN,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, request::Parts};

use crate::template::CorsRules;

/// What is allowed to scripts of which origins.
pub struct Cors {
    origins: Vec<HeaderValue>,
    for_preflights: Vec<(HeaderName, HeaderValue)>,
    exposed: HeaderValue,
}

impl Cors {
    /// For these origins, what the template allows.
    pub fn new(origins: &[String], rules: &CorsRules) -> Result<Self, InvalidHeaderValue> {
        Ok(Self {
            origins: origins.iter().map(|origin| HeaderValue::from_str(origin)).collect::<Result<_, _>>()?,
            for_preflights: vec![
                (ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_str(&rules.allow_methods.join(","))?),
                (ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_str(&rules.allow_headers.join(","))?),
                (ACCESS_CONTROL_MAX_AGE, HeaderValue::from(rules.max_age)),
            ],
            exposed: HeaderValue::from_str(&rules.expose_headers.join(","))?,
        })
    }

    /// The answer, if it is a preflight. One from another origin gets an answer too, that allows nothing.
    pub fn preflight(&self, request: &Parts) -> Option<Response<Body>> {
        let headers = &request.headers;
        let is_preflight = !self.origins.is_empty()
            && request.method == Method::OPTIONS
            && headers.contains_key(ORIGIN)
            && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        is_preflight.then(|| {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            if let Some(origin) = self.allowed(headers) {
                response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
                response.headers_mut().extend(self.for_preflights.iter().cloned());
            }
            response
        })
    }

    /// Says on an answer who may read it.
    pub fn mark(&self, request: &HeaderMap, response: &mut HeaderMap) {
        if self.origins.is_empty() {
            return;
        }
        let of_the_function: Vec<_> =
            response.keys().filter(|name| name.as_str().starts_with("access-control-")).cloned().collect();
        for name in of_the_function {
            response.remove(name);
        }
        if let Some(origin) = self.allowed(request) {
            response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            response.insert(ACCESS_CONTROL_EXPOSE_HEADERS, self.exposed.clone());
        }
    }

    fn allowed(&self, request: &HeaderMap) -> Option<HeaderValue> {
        request.get(ORIGIN).filter(|origin| self.origins.contains(origin)).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRONT_END: &str = "http://localhost:3000";

    fn headers(origin: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ORIGIN, HeaderValue::from_static(origin))])
    }

    fn cors(origins: &[String]) -> Cors {
        let rules = crate::template::Template::of_this_build().unwrap().cors().unwrap();
        Cors::new(origins, &rules).unwrap()
    }

    #[test]
    fn what_a_function_says_itself_is_dropped() {
        for (origin, said) in [(FRONT_END, Some(FRONT_END)), ("http://evil.example", None)] {
            let mut response = HeaderMap::from_iter([
                (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
                (ACCESS_CONTROL_MAX_AGE, HeaderValue::from(1)),
            ]);
            cors(&[FRONT_END.to_owned()]).mark(&headers(origin), &mut response);
            let allowed = response.get(ACCESS_CONTROL_ALLOW_ORIGIN).map(|value| value.to_str().unwrap());
            assert_eq!(allowed, said);
            assert_eq!(response.get(ACCESS_CONTROL_MAX_AGE), None);
        }
    }

    #[test]
    fn without_origins_it_keeps_out_of_it() {
        let mut response = HeaderMap::from_iter([(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"))]);
        cors(&[]).mark(&headers(FRONT_END), &mut response);
        assert_eq!(response.get(ACCESS_CONTROL_ALLOW_ORIGIN).unwrap(), "*");
    }
}
