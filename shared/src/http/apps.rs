//! Apps, as they are answered, and their tokens.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::{ApiError, Caller};
use crate::Context;
use crate::domain::{App, AppId, LogoUrl, Name, Token, UserId, open_app_token, seal_app_token};
use crate::store::{KeptApp, NewApp};

/// An app.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "App")]
pub struct AppAnswer {
    id: AppId,
    #[schemars(example = &"Casebook")]
    name: Name,
    logo_url: Option<LogoUrl>,
    /// Whether only the owner can see and authorize the app. Shown only to the owner and the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    private: Option<bool>,
    /// Whether an operator has verified the app. Reset when its name or logo changes.
    verified: bool,
    /// Whether the app can introspect tokens and sign users in from a server. Shown only to the owner,
    /// the app and operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    trusted: Option<bool>,
    owner_id: UserId,
    created_at: DateTime<Utc>,
}

impl AppAnswer {
    /// What everybody may know.
    pub fn public(app: App) -> Self {
        let App { id, name, logo_url, private: _, verified, trusted: _, owner_id, created_at } = app;
        Self { id, name, logo_url, private: None, verified, trusted: None, owner_id, created_at }
    }

    /// All, for its owner and for the app itself.
    pub fn whole(app: App) -> Self {
        Self { private: Some(app.private), trusted: Some(app.trusted), ..Self::public(app) }
    }

    /// What an operator may know of an app that is not private.
    pub fn for_operator(app: App) -> Self {
        Self { trusted: Some(app.trusted), ..Self::public(app) }
    }
}

/// A new app and its token.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "GivenApp")]
pub struct GivenApp<'a> {
    app: AppAnswer,
    #[serde(flatten)]
    token: GivenToken<'a>,
}

/// An app's token.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "GivenToken")]
pub struct GivenToken<'a> {
    #[schemars(
        regex(pattern = "^gpx_[0-9A-Za-z]{60}$"),
        example = &"gpx_ExampleExampleExampleExampleExampleExampleExampleExampleExam"
    )]
    token: &'a str,
}

impl<'a> GivenApp<'a> {
    /// The answer for `app`, whose token this is.
    pub fn new(app: App, token: &'a Token) -> Self {
        Self { app: AppAnswer::whole(app), token: GivenToken::new(token) }
    }
}

impl<'a> GivenToken<'a> {
    /// The answer that gives `token`.
    pub fn new(token: &'a Token) -> Self {
        Self { token: token.reveal() }
    }
}

impl Context {
    /// An app of the caller's own; 404 for everybody else's.
    pub async fn own_app(&self, caller: &Caller, app_id: AppId) -> Result<KeptApp, ApiError> {
        let app = self.store()?.app(app_id).await?;
        app.filter(|kept| kept.app.owner_id == caller.account.user_id).ok_or(ApiError::NotFound)
    }

    /// Gives an app a token, in memory alone.
    pub async fn with_token(&self, app: App) -> Result<(NewApp, Token), ApiError> {
        let token = Token::for_app(app.id, self.random()?);
        let sealed_token =
            seal_app_token(&token, app.id, &*self.sealing_keys().await?, self.random()?).map_err(ApiError::internal)?;
        Ok((NewApp { app, token_hash: token.hash(), sealed_token }, token))
    }

    /// An app's token, for its owner to see again. Every time is logged.
    pub async fn reveal_token(&self, kept: &KeptApp) -> Result<Token, ApiError> {
        let KeptApp { app, sealed_token, .. } = kept;
        let token = self
            .opened(|keys| open_app_token(sealed_token, app.id, keys))
            .await?
            .ok_or(ApiError::Conflict("The token cannot be decrypted any more. Regenerate it."))?;
        tracing::info!(app_id = %app.id, user_id = %app.owner_id, "app token revealed");
        Ok(token)
    }
}
