//! A person's visit to a page: where it leads back to, and what its browser says of it. Kept while the handler has the request.

use lambda_http::http::header::{HeaderName, LOCATION};
use lambda_http::http::{HeaderMap, HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::browser::CALLBACK;
use super::page::{page, problem_page};
use super::{ApiError, Request, Response, StatusCode, answer, this_page};
use crate::Context;
use crate::domain::ReturnTo;
use crate::pages::{Retry, SignIn, Viewer};

const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");

/// A person's request for a page.
#[derive(Debug)]
pub struct Visit {
    headers: HeaderMap,
    here: ReturnTo,
    is_callback: bool,
    is_of_sign_in: bool,
}

impl Visit {
    /// The visit that a request is.
    pub fn of(request: &Request) -> Self {
        let path = super::path_of(request);
        Self {
            headers: request.headers().clone(),
            here: this_page(request),
            is_callback: path == CALLBACK,
            is_of_sign_in: path.starts_with("/oauth2/"),
        }
    }

    /// What there is to try again, unless the handler knows better.
    fn retry(&self) -> Retry {
        match (self.is_callback, self.is_of_sign_in) {
            (true, _) => Retry::SignIn(ReturnTo::default()),
            (false, true) => Retry::Nothing,
            (false, false) => Retry::Page(self.here.clone()),
        }
    }

    /// Whether a person opened the page itself: no script, no frame, no preview. Browsers that do not say are believed.
    fn is_navigation(&self) -> bool {
        let is = |name: HeaderName, value: &str| self.headers.get(name).is_none_or(|found| found == value);
        is(SEC_FETCH_MODE, "navigate") && is(SEC_FETCH_DEST, "document") && !self.headers.contains_key(SEC_PURPOSE)
    }
}

impl Context {
    /// For one who is not signed in: to Discord and back by itself, when this browser was signed in before; else the page that asks to.
    /// Only once: until a sign-in succeeds, the browser then no longer counts as one that returns.
    pub fn sign_in_page(&self, visit: &Visit, status: StatusCode) -> Result<Response, ApiError> {
        let cookies = self.cookies();
        if !(cookies.is_returning(&visit.headers) && visit.is_navigation()) {
            return page(status, &SignIn::before(&visit.here));
        }
        let mut response = answer::no_content();
        *response.status_mut() = StatusCode::SEE_OTHER;
        let return_to = utf8_percent_encode(visit.here.as_str(), NON_ALPHANUMERIC);
        let sign_in = HeaderValue::try_from(format!("/oauth2/authorize?return_to={return_to}"));
        response.headers_mut().insert(LOCATION, sign_in.map_err(ApiError::internal)?);
        cookies.clear_returning(&mut response)?;
        Ok(response)
    }

    /// The page of an error: to sign in for one who is not, and for everybody else what happened and what to do.
    pub(super) async fn error_page(
        &self,
        error: &ApiError,
        visit: &Visit,
        (viewer, retry): (Option<Viewer>, Option<Retry>),
    ) -> Result<Response, ApiError> {
        match error {
            ApiError::NoAuthToken => self.sign_in_page(visit, error.status()),
            ApiError::InvalidToken => {
                let mut response = page(error.status(), &SignIn::before(&visit.here))?;
                self.cookies().clear_session(&mut response)?;
                Ok(response)
            }
            _ => {
                let viewer = match viewer {
                    None if error.status().is_client_error() => self.viewer_by_cookie(&visit.headers).await,
                    known => known,
                };
                problem_page(error, viewer, retry.unwrap_or_else(|| visit.retry()))
            }
        }
    }
}
