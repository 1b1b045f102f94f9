//! `POST /introspect`: whether a token that somebody sent to another service is live, and whose it is (RFC 7662).

use schemars::JsonSchema;
use shared::Context;
use shared::context::Need;
use shared::domain::Token;
use shared::http::{
    self, ApiError, Credential, Endpoint, Introspection, Operation, Request, Response, StatusCode, Success,
};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::AppStore, Need::Operators], |cx, req| Box::pin(handle(cx, req)));

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Introspect a token (RFC 7662)",
    Credential::Trusted,
    &[Success::json::<Introspection>(
        StatusCode::OK,
        "The token's metadata. An inactive token returns only `\"active\": false`.",
    )],
)
.form::<Introspect>();

/// The parameters of RFC 7662, section 2.1.
#[derive(JsonSchema)]
struct Introspect {
    /// The token to introspect.
    #[schemars(with = "String", extend("minLength" = 1), example = &"gpa_Example")]
    token: Token,
}

impl Introspect {
    fn of(req: &Request) -> Result<Self, ApiError> {
        let token: Option<String> = http::form(req, &["token"])?.take("token")?;
        let token = token.filter(|token| !token.is_empty()).ok_or_else(|| ApiError::field("token", "is missing"))?;
        Ok(Self { token: Token::new(token) })
    }
}

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let asker = cx.anyone(&req).await?;

    let Introspect { token } = Introspect::of(&req)?;

    cx.require_trusted(&asker)?;

    let holder = cx.holder_of(token.reveal()).await?;

    http::json(StatusCode::OK, &Introspection::of(holder, cx.origin(&req)?))
}
