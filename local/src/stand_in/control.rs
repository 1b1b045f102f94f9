//! The control endpoint: switches, settings and counters, for tests and for people. Its shapes stand in the parent's documents.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, json};

use super::{Application, Route, Settings, StandIn, Switch};

pub(crate) async fn show_faults(State(stand_in): State<StandIn>) -> Response {
    Json(json!({ "faults": stand_in.faults().list() })).into_response()
}

pub(crate) async fn set_fault(State(stand_in): State<StandIn>, body: Bytes) -> Response {
    let set = parse::<Switch>(&body).and_then(|switch| stand_in.faults().set(switch).map_err(Wrong::new));
    match set {
        Ok(()) => show_faults(State(stand_in)).await,
        Err(wrong) => wrong.into_response(),
    }
}

pub(crate) async fn clear_faults(State(stand_in): State<StandIn>) -> Response {
    stand_in.faults().clear();
    show_faults(State(stand_in)).await
}

pub(crate) async fn show_settings(State(stand_in): State<StandIn>) -> Response {
    Json(stand_in.faults().settings()).into_response()
}

pub(crate) async fn set_settings(State(stand_in): State<StandIn>, body: Bytes) -> Response {
    match parse::<Settings>(&body) {
        Ok(settings) => {
            stand_in.faults().set_settings(settings);
            show_settings(State(stand_in)).await
        }
        Err(wrong) => wrong.into_response(),
    }
}

pub(crate) async fn reset_settings(State(stand_in): State<StandIn>) -> Response {
    stand_in.faults().set_settings(Settings::default());
    show_settings(State(stand_in)).await
}

pub(crate) async fn revoke(State(stand_in): State<StandIn>, body: Bytes) -> Response {
    let revoked = parse::<Removal>(&body)
        .and_then(|removal| id("user_id", &removal.user_id))
        .and_then(|user_id| stand_in.remove_application(user_id).map_err(Wrong::new));
    match revoked {
        Ok(revoked) => Json(json!({ "revoked": revoked })).into_response(),
        Err(wrong) => wrong.into_response(),
    }
}

pub(crate) async fn set_member(State(stand_in): State<StandIn>, body: Bytes) -> Response {
    match parse::<Membership>(&body).and_then(|membership| membership.apply(&stand_in)) {
        Ok(()) => Json(json!({})).into_response(),
        Err(wrong) => wrong.into_response(),
    }
}

pub(crate) async fn rename_guild(State(stand_in): State<StandIn>, body: Bytes) -> Response {
    match parse::<Renaming>(&body).and_then(|renaming| renaming.apply(&stand_in)) {
        Ok(()) => Json(json!({})).into_response(),
        Err(wrong) => wrong.into_response(),
    }
}

pub(crate) async fn show_requests(State(stand_in): State<StandIn>) -> Response {
    let count = |route: Route| (route.name().to_owned(), stand_in.requests(route).into());
    Json(Map::from_iter(Route::ALL.map(count))).into_response()
}

pub(crate) async fn show_application(State(stand_in): State<StandIn>) -> Response {
    let Application { client_id, client_secret, bot_token, redirect_uris } = stand_in.application();
    Json(json!({
        "client_id": client_id,
        "client_secret": client_secret,
        "bot_token": bot_token,
        "redirect_uris": redirect_uris,
    }))
    .into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Removal {
    user_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Membership {
    guild_id: String,
    user_id: String,
    permissions: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Renaming {
    guild_id: String,
    name: String,
}

impl Renaming {
    fn apply(self, stand_in: &StandIn) -> Result<(), Wrong> {
        let there = stand_in.rename_guild(id("guild_id", &self.guild_id)?, self.name);
        if there { Ok(()) } else { Err(Wrong("there is no such guild".into())) }
    }
}

impl Membership {
    fn apply(&self, stand_in: &StandIn) -> Result<(), Wrong> {
        let (guild_id, user_id) = (id("guild_id", &self.guild_id)?, id("user_id", &self.user_id)?);
        let permissions = self.permissions.as_deref().map(|text| id("permissions", text)).transpose()?;
        let there = stand_in.set_member(guild_id, user_id, permissions);
        if there { Ok(()) } else { Err(Wrong("there is no such guild or user".into())) }
    }
}

/// What is wrong with a body.
struct Wrong(String);

impl Wrong {
    fn new(error: impl std::error::Error) -> Self {
        Self(error.to_string())
    }
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({ "error": self.0 }))).into_response()
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Wrong> {
    serde_json::from_slice(body).map_err(Wrong::new)
}

fn id(field: &str, text: &str) -> Result<u64, Wrong> {
    text.parse().map_err(|_| Wrong(format!("{field} is not a number in a string: {text:?}")))
}
