//! `PUT /apps/{app_id}/verified`: an operator vouches for an app, or no longer does.

use schemars::JsonSchema;
use serde::Deserialize;
use shared::Context;
use shared::context::Need;
use shared::http::{
    self, ApiError, Bans, Credential, Endpoint, ErrorCode, Operation, Request, Response, StatusCode, Success,
};
use shared::store::Mark;

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store, Need::Operators], |cx, req| Box::pin(handle(cx, req)));

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Set verified status",
    Credential::Operator,
    &[Success::empty(StatusCode::NO_CONTENT, "Status updated.")],
)
.body::<Put>()
.errors(&[ErrorCode::NotFound]);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AppVerifiedPut")]
struct Put {
    #[schemars(example = true)]
    verified: bool,
}

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let Put { verified } = http::body(&req)?;
    let app_id = http::path_id(&req, "app_id")?;

    cx.require_operator(&caller)?;

    if !cx.store()?.mark_app(app_id, Mark::Verified, verified).await? {
        return Err(ApiError::NotFound);
    }

    Ok(http::no_content())
}
