//! The query, read strictly from the raw text: API Gateway joins duplicates, and lenient decoding changes what it cannot read.

use std::collections::BTreeMap;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

use super::{ApiError, Request};

/// The parameters that an endpoint knows. Others are ignored, as RFC 6749 section 3.1 wants it.
#[derive(Debug)]
pub struct Query(BTreeMap<&'static str, String>);

impl Query {
    /// Reads those of `known` that are there. One given twice, or not UTF-8, is an error.
    pub fn of(request: &Request, known: &[&'static str]) -> Result<Self, ApiError> {
        Self::read(request.uri().query().unwrap_or_default(), known)
    }

    /// The same of a text.
    pub(super) fn read(text: &str, known: &[&'static str]) -> Result<Self, ApiError> {
        let mut parameters = BTreeMap::new();
        for pair in text.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(name) = decode(name).and_then(|name| known.iter().find(|known| **known == name)) else { continue };
            let value = decode(value).ok_or_else(|| ApiError::field(*name, "must be percent-encoded UTF-8"))?;
            if parameters.insert(*name, value).is_some() {
                return Err(ApiError::field(*name, "is given twice"));
            }
        }
        Ok(Self(parameters))
    }

    /// Takes out one that is `true` or `false` in any case, `1` or `0`; not there means `false`.
    pub fn flag(&mut self, name: &'static str) -> Result<bool, ApiError> {
        let Some(value) = self.0.remove(name) else { return Ok(false) };
        match value.to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(ApiError::field(name, "must be true or false")),
        }
    }

    /// Takes one out, as a type that checks it.
    pub fn take<T>(&mut self, name: &'static str) -> Result<Option<T>, ApiError>
    where
        T: FromStr<Err: std::fmt::Display>,
    {
        let value = self.0.remove(name).map(|value| value.parse()).transpose();
        value.map_err(|problem: T::Err| ApiError::field(name, problem))
    }
}

/// A text of a form or a query, as it was before it was encoded; `None` unless that is UTF-8.
pub(super) fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(Into::into)
}
