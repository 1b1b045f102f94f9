//! `PUT /guilds/{guild_id}/members/{user_id}`: the bot takes a user into a guild, with the user's token.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::answers::RestError;
use super::rest::{Caller, is_full, snowflake};
use super::world::{self, CREATE_INSTANT_INVITE, Guild, SeededUser};
use super::{Route, StandIn, shapes};

pub(crate) async fn join(
    State(stand_in): State<StandIn>,
    Path((guild_id, user_id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    stand_in.rest(Route::Join, &headers, |caller| {
        let Caller::Bot = caller else { return Err(RestError::UNAUTHORIZED) };
        let (guild_id, user_id) = (snowflake("guild_id", &guild_id)?, snowflake("user_id", &user_id)?);
        let wish = Wish::parse(&headers, &body)?;
        stand_in.take_in(guild_id, user_id, wish)
    })
}

struct Wish {
    access_token: String,
    nick: Option<String>,
}

impl Wish {
    fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Self, RestError> {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !content_type.starts_with("application/json") {
            return Err(RestError::wrong_content_type());
        }
        let body: Value = serde_json::from_slice(body).map_err(|_| RestError::INVALID_JSON)?;

        let access_token = text(&body, "access_token")?.filter(|token| !token.is_empty());
        let required = || RestError::invalid("access_token", "BASE_TYPE_REQUIRED", "This field is required");
        let nick = text(&body, "nick")?;
        if nick.as_ref().is_some_and(|nick| nick.chars().count() > 32) {
            return Err(RestError::invalid("nick", "BASE_TYPE_MAX_LENGTH", "Must be 32 or fewer in length."));
        }
        Ok(Self { access_token: access_token.ok_or_else(required)?, nick })
    }
}

fn text(body: &Value, field: &str) -> Result<Option<String>, RestError> {
    match body.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(RestError::invalid(
            field,
            "STRING_TYPE_CONVERT",
            &format!("Could not interpret \"{other}\" as string."),
        )),
    }
}

impl StandIn {
    /// Refuses in Discord's order: the bot's right, the token, then (unless the user is there already) ban and cap.
    fn take_in(&self, guild_id: u64, user_id: u64, wish: Wish) -> Result<Response, RestError> {
        let mut world = self.world();
        let guild = world.guild(guild_id).ok_or(RestError::UNKNOWN_GUILD)?;
        may_invite(guild)?;
        let user = self.owner_of(&wish.access_token, user_id)?;
        if guild.member(user_id).is_some() {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        if guild.has_banned(user_id) {
            return Err(RestError::BANNED);
        }
        if is_full(&world, user_id) {
            return Err(RestError::TOO_MANY_GUILDS);
        }

        world.join(guild_id, user_id, wish.nick, self.now());
        let guild = world.guild(guild_id).ok_or(RestError::UNKNOWN_GUILD)?;
        let member = guild.member(user_id).ok_or(RestError::UNKNOWN_USER)?;
        Ok((StatusCode::CREATED, Json(shapes::member(guild, member, user))).into_response())
    }

    fn owner_of(&self, access_token: &str, user_id: u64) -> Result<&'static SeededUser, RestError> {
        let grants = self.grants();
        let tokens = grants.bearer(access_token, self.now()).filter(|tokens| tokens.user_id == user_id);
        let tokens = tokens.ok_or(RestError::INVALID_ACCESS_TOKEN)?;
        if !tokens.scopes.contains("guilds.join") {
            return Err(RestError::NO_SCOPE);
        }
        world::user(user_id).ok_or(RestError::UNKNOWN_USER)
    }
}

fn may_invite(guild: &Guild) -> Result<(), RestError> {
    match guild.bot {
        None => Err(RestError::NO_ACCESS),
        Some(permissions) if permissions & CREATE_INSTANT_INVITE == 0 => Err(RestError::NO_PERMISSION),
        Some(_) => Ok(()),
    }
}
