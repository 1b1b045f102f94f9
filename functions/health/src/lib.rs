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
    "Says that the service answers.",
    Credential::None,
    &[Success::json::<Health>(StatusCode::OK, "It does; with `deep`, its tables do too.")],
)
.query(&[Parameter::of::<bool>("deep", "Whether to ask the tables; without it nothing but this function is.")])
.errors(&[ErrorCode::Unavailable]);

#[derive(Serialize, JsonSchema)]
struct Health {
    /// `ok`; what is not is an error.
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
