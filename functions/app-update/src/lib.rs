//! `PATCH /apps/{app_id}`: changes name, logo or privacy of an app of the caller's.

use serde::Deserialize;
use shared::Context;
use shared::config::Rated;
use shared::context::Need;
use shared::domain::{LogoUrl, Name};
use shared::http::{self, ApiError, AppAnswer, Bans, Endpoint, Request, Response, StatusCode};
use shared::store::{AppChange, Whom};

/// This endpoint.
pub const ENDPOINT: Endpoint =
    Endpoint::new(env!("CARGO_PKG_NAME"), &[Need::Store], |cx, req| Box::pin(handle(cx, req)));

/// What is left out stays as it is; `"logo_url": null` takes the logo away.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Update {
    #[serde(default, deserialize_with = "http::present")]
    name: Option<Name>,
    #[serde(default, deserialize_with = "http::present")]
    logo_url: Option<Option<LogoUrl>>,
    #[serde(default, deserialize_with = "http::present")]
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
