//! The REST routes that an access token opens, and what stands before each of them: whose token it is, and the rate limit.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::answers::{self, RestError};
use super::grants::Tokens;
use super::limits::Who;
use super::params::Params;
use super::world::{self, Guild, MOST_GUILDS, SeededUser, World};
use super::{Route, StandIn, shapes};

/// Whom a request comes from.
pub(crate) enum Caller {
    Bot,
    User(&'static SeededUser, Tokens),
}

impl Caller {
    /// The user, if the token has the scope. Without it Discord answers as to a dead token.
    fn user_with(&self, scope: &str) -> Result<&'static SeededUser, RestError> {
        match self {
            Self::Bot => Err(RestError::BOTS_CANNOT),
            Self::User(user, tokens) if tokens.scopes.contains(scope) => Ok(user),
            Self::User(..) => Err(RestError::UNAUTHORIZED),
        }
    }
}

impl StandIn {
    /// Answers a REST request: within the limit, from a live token, with the rate-limit headers on all of it.
    pub(crate) fn rest(
        &self,
        route: Route,
        headers: &HeaderMap,
        answer: impl FnOnce(&Caller) -> Result<Response, RestError>,
    ) -> Response {
        let caller = self.caller(headers);
        let who = match &caller {
            None => Who::Nobody,
            Some(Caller::Bot) => Who::Bot,
            Some(Caller::User(user, _)) => Who::User(user.id),
        };
        let standing = self.0.limits.count(who, route, self.faults().settings().rate_limit, self.now());

        let mut response = if standing.exceeded {
            answers::rate_limited(&standing)
        } else {
            let answer = caller.as_ref().ok_or(RestError::UNAUTHORIZED).and_then(answer);
            answer.unwrap_or_else(RestError::into_response)
        };
        answers::limit_headers(response.headers_mut(), route, &standing);
        response
    }

    fn caller(&self, headers: &HeaderMap) -> Option<Caller> {
        let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
        match text.split_once(' ')? {
            ("Bot", token) if token == self.application().bot_token => Some(Caller::Bot),
            (scheme, token) if scheme.eq_ignore_ascii_case("bearer") => {
                let tokens = self.grants().bearer(token, self.now())?.clone();
                world::user(tokens.user_id).map(|user| Caller::User(user, tokens))
            }
            _ => None,
        }
    }
}

pub(crate) async fn identify(State(stand_in): State<StandIn>, headers: HeaderMap) -> Response {
    stand_in.rest(Route::Identify, &headers, |caller| match caller {
        Caller::Bot => Ok(Json(shapes::bot(stand_in.application())).into_response()),
        Caller::User(_, tokens) => {
            let user = caller.user_with("identify")?;
            Ok(Json(shapes::oneself(user, &tokens.scopes)).into_response())
        }
    })
}

pub(crate) async fn connections(State(stand_in): State<StandIn>, headers: HeaderMap) -> Response {
    stand_in.rest(Route::Connections, &headers, |caller| {
        let user = caller.user_with("connections")?;
        let connections: Vec<_> = user.connections.iter().map(shapes::connection).collect();
        Ok(Json(connections).into_response())
    })
}

/// A bot token gets 401 here, whatever the official document says.
pub(crate) async fn authorization(State(stand_in): State<StandIn>, headers: HeaderMap) -> Response {
    stand_in.rest(Route::Authorization, &headers, |caller| {
        let Caller::User(user, tokens) = caller else { return Err(RestError::UNAUTHORIZED) };
        let identified = Some(*user).filter(|_| tokens.scopes.contains("identify"));
        let mut scopes = stand_in.grants().authorized(user.id);
        scopes.extend(tokens.scopes.iter().cloned());
        let shape = shapes::authorization(stand_in.application(), &scopes, tokens.expires_at, identified);
        Ok(Json(shape).into_response())
    })
}

pub(crate) async fn member(
    State(stand_in): State<StandIn>,
    Path(guild_id): Path<String>,
    headers: HeaderMap,
) -> Response {
    stand_in.rest(Route::Member, &headers, |caller| {
        let user = caller.user_with("guilds.members.read")?;
        let guild_id = snowflake("guild_id", &guild_id)?;
        let world = stand_in.world();
        let guild = world.guild(guild_id).ok_or(RestError::UNKNOWN_GUILD)?;
        let member = guild.member(user.id).ok_or(RestError::UNKNOWN_GUILD)?;
        Ok(Json(shapes::member(guild, member, user)).into_response())
    })
}

pub(crate) async fn guilds(State(stand_in): State<StandIn>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    stand_in.rest(Route::Guilds, &headers, |caller| {
        let asked = Asked::parse(&Params::parse(query.unwrap_or_default().as_bytes()))?;
        let world = stand_in.world();
        let guilds = match caller {
            Caller::Bot => asked.page(world.guilds().filter(|guild| guild.bot.is_some())),
            Caller::User(..) => asked.page(world.guilds_of(caller.user_with("guilds")?.id)),
        };
        let shapes: Vec<_> = guilds.into_iter().map(|guild| seen_by(caller, guild, asked.with_counts)).collect();
        Ok(Json(shapes).into_response())
    })
}

fn seen_by(caller: &Caller, guild: &Guild, with_counts: bool) -> Value {
    match caller {
        Caller::Bot => shapes::my_guild(guild, false, guild.bot.unwrap_or_default(), with_counts),
        Caller::User(user, _) => {
            shapes::my_guild(guild, guild.is_owner(user.id), guild.permissions_of(user.id), with_counts)
        }
    }
}

/// Which guilds a request wants.
struct Asked {
    before: Option<u64>,
    after: Option<u64>,
    limit: usize,
    with_counts: bool,
}

impl Asked {
    fn parse(params: &Params) -> Result<Self, RestError> {
        let id = |name| params.get(name).map(|text| snowflake(name, text)).transpose();
        Ok(Self {
            before: id("before")?,
            after: id("after")?,
            limit: params.get("limit").map(limit).transpose()?.unwrap_or(MOST_GUILDS),
            with_counts: params.get("with_counts").map(boolean).transpose()?.unwrap_or(false),
        })
    }

    /// Ascending by id; with `before` alone, the ones next to it.
    fn page<'a>(&self, guilds: impl DoubleEndedIterator<Item = &'a Guild>) -> Vec<&'a Guild> {
        let within = guilds
            .filter(|guild| self.before.is_none_or(|before| guild.id < before))
            .filter(|guild| self.after.is_none_or(|after| guild.id > after));
        if self.before.is_none() || self.after.is_some() {
            return within.take(self.limit).collect();
        }
        let mut nearest: Vec<_> = within.rev().take(self.limit).collect();
        nearest.reverse();
        nearest
    }
}

fn limit(text: &str) -> Result<usize, RestError> {
    let limit = text
        .parse()
        .map_err(|_| RestError::invalid("limit", "NUMBER_TYPE_COERCE", &format!("Value {text:?} is not int.")))?;
    match limit {
        0 => Err(RestError::invalid("limit", "NUMBER_TYPE_MIN", "int value should be greater than or equal to 1.")),
        1..=MOST_GUILDS => Ok(limit),
        _ => Err(RestError::invalid("limit", "NUMBER_TYPE_MAX", "int value should be less than or equal to 200.")),
    }
}

fn boolean(text: &str) -> Result<bool, RestError> {
    match text {
        "True" | "true" | "1" => Ok(true),
        "False" | "false" | "0" => Ok(false),
        _ => Err(RestError::invalid("with_counts", "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")),
    }
}

pub(crate) fn snowflake(field: &str, text: &str) -> Result<u64, RestError> {
    text.parse()
        .map_err(|_| RestError::invalid(field, "NUMBER_TYPE_COERCE", &format!("Value {text:?} is not snowflake.")))
}

/// How many guilds a user is in, against the cap.
pub(crate) fn is_full(world: &World, user_id: u64) -> bool {
    world.guilds_of(user_id).count() >= MOST_GUILDS
}
