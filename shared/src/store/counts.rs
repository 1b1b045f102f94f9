//! Numbers that an answer has to have. The SDK reads a missing number as nought, and nobody who asks how many is to be told none
//! for that reason. What else may be missing it shows as `None`.

use aws_sdk_dynamodb::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::scan::ScanOutput;
use serde::Deserialize;

use super::Error;

/// Refuses an answer to a `Query` or `Scan` that does not say how many items it has, or has another number of them.
#[derive(Debug)]
pub(super) struct RequireCounts;

/// Both numbers of an answer, whether or not it brings the items as well.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Counts {
    count: i32,
    #[serde(rename = "ScannedCount")]
    _scanned_count: i32,
}

impl Intercept for RequireCounts {
    fn name(&self) -> &'static str {
        "RequireCounts"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Ok(output) = context.output_or_error() else { return Ok(()) };
        let items = match (output.downcast_ref::<QueryOutput>(), output.downcast_ref::<ScanOutput>()) {
            (Some(query), _) => query.items.as_ref(),
            (_, Some(scan)) => scan.items.as_ref(),
            (None, None) => return Ok(()),
        };
        let body = context.response().body().bytes().ok_or(Error::Garbled)?;
        let said: Counts = serde_json::from_slice(body)?;
        let is_right = items.is_none_or(|items| usize::try_from(said.count) == Ok(items.len()));
        if is_right { Ok(()) } else { Err(Error::Garbled.into()) }
    }
}
