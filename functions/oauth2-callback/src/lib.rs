//! `GET /oauth2/callback`: where Discord sends a browser back to that signs in for our own pages.

use shared::Context;
use shared::context::Need;
use shared::domain::{AuthorizationCode, RedirectKind};
use shared::http::{ApiError, Endpoint, Query, Request, Response};

/// This endpoint.
pub const ENDPOINT: Endpoint = Endpoint::page(
    env!("CARGO_PKG_NAME"),
    &[Need::Store, Need::Discord, Need::SealingKeys, Need::ClientSecret],
    |cx, req| Box::pin(handle(cx, req)),
);

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let mut query = Query::of(&req, &["code", "state", "error"])?;
    let begun = cx.begun_sign_in(&req, query.take::<String>("state")?.as_deref()).await?;
    let code = code(&mut query)?;

    let redeemed = cx.redeem_once(&req, &begun, &code).await?;
    let Some((profile, grant)) = redeemed else { return cx.signed_in_before(&req, &begun).await };
    let (session, token) = cx.sign_in_user(&req, RedirectKind::Web, &profile, &grant).await?;

    cx.signed_in(&begun, &session, &token)
}

/// The code, unless Discord says in its place why there is none (RFC 6749, section 4.1.2.1).
fn code(query: &mut Query) -> Result<AuthorizationCode, ApiError> {
    match (query.take("code")?, query.take::<String>("error")?.as_deref()) {
        (Some(code), None) => Ok(code),
        (None, Some("access_denied")) => Err(ApiError::Declined),
        (Some(_), Some(_)) => Err(ApiError::field("error", "cannot be given together with `code`")),
        (None, Some(_)) => Err(ApiError::field("error", "says that Discord refused the request")),
        (None, None) => Err(ApiError::field("code", "is missing")),
    }
}
