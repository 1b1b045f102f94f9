//! `GET /health`: whether the service answers, and with `deep` whether its tables do.

use schemars::JsonSchema;
use serde::Serialize;
use shared::Context;
use shared::context::Need;
use shared::http::{
    self, ApiError, Credential, Endpoint, ErrorCode, Operation, Parameter, Query, Request, Response, StatusCode,
    Success,
};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store], |cx, req| Box::pin(handle(cx, req))).public();

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Check health",
    Credential::None,
    &[Success::json::<Health>(StatusCode::OK, "The service is healthy. With `deep`, its tables are too.")],
)
.query(&[Parameter::of::<bool>("deep", "Also check the tables.")])
.errors(&[ErrorCode::Unavailable]);

#[derive(Serialize, JsonSchema)]
struct Health {
    /// Always `ok`. Failures are errors.
    #[schemars(example = &"ok")]
    status: &'static str,
}

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let is_deep = Query::of(&req, &["deep"])?.flag("deep")?;

    if is_deep {
        cx.store()?.require_answers().await?;
    }

    http::json(StatusCode::OK, &Health { status: "ok" })
}
