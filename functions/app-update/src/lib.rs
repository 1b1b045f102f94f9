//! `PATCH /apps/{app_id}`: changes name, logo or privacy of an app of the caller's.

use schemars::JsonSchema;
use serde::Deserialize;
use shared::Context;
use shared::config::Rated;
use shared::context::Need;
use shared::domain::{LogoUrl, Name};
use shared::http::{
    self, ApiError, AppAnswer, Bans, Credential, Endpoint, ErrorCode, Operation, Request, Response, StatusCode, Success,
};
use shared::store::{AppChange, Whom};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store], |cx, req| Box::pin(handle(cx, req)));

/// This endpoint, as its callers know it.
pub const OPERATION: Operation = Operation::new(
    "Update an app",
    Credential::Login,
    &[Success::json::<AppAnswer>(StatusCode::OK, "The updated app.")],
)
.body::<Update>()
.errors(&[ErrorCode::NotFound, ErrorCode::RateLimited]);

/// Omitted fields stay unchanged. `"logo_url": null` removes the logo.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AppUpdate")]
struct Update {
    #[serde(default, deserialize_with = "http::present")]
    #[schemars(with = "Name", example = &"Casebook")]
    name: Option<Name>,
    #[serde(default, deserialize_with = "http::present")]
    logo_url: Option<Option<LogoUrl>>,
    #[serde(default, deserialize_with = "http::present")]
    #[schemars(with = "bool")]
    private: Option<bool>,
}

async fn handle(cx: &Context, req: Request) -> Result<Response, ApiError> {
    let caller = cx.login(&req, Bans::Refuse).await?;

    let Update { name, logo_url, private } = http::body(&req)?;
    let app_id = http::path_id(&req, "app_id")?;

    let change = AppChange { name, logo_url, private };
    if !change.is_nothing() {
        cx.count(Rated::AppWrite, &Whom::User(caller.account.user_id)).await?;
        if !cx.store()?.update_app(&caller.account, app_id, &change).await? {
            return Err(ApiError::NotFound);
        }
    }

    http::json(StatusCode::OK, &AppAnswer::whole(cx.own_app(&caller, app_id).await?.app))
}
