//! The routes and where each of them stands.

use std::fmt;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post, put};
use serde::{Deserialize, Serialize};

use super::{StandIn, answers, authorize, control, join, rest, token, watch};

/// A route that is counted and can be made to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// `GET /oauth2/authorize`
    Authorize,
    /// `POST /oauth2/token`
    Token,
    /// `POST /oauth2/token/revoke`
    Revoke,
    /// `GET /users/@me`
    Identify,
    /// `GET /users/@me/guilds`
    Guilds,
    /// `GET /users/@me/connections`
    Connections,
    /// `GET /oauth2/@me`
    Authorization,
    /// `GET /users/@me/guilds/{guild_id}/member`
    Member,
    /// `PUT /guilds/{guild_id}/members/{user_id}`
    Join,
}

impl Route {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Authorize,
        Self::Token,
        Self::Revoke,
        Self::Identify,
        Self::Guilds,
        Self::Connections,
        Self::Authorization,
        Self::Member,
        Self::Join,
    ];

    /// Its name at the control endpoint.
    pub fn name(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Token => "token",
            Self::Revoke => "revoke",
            Self::Identify => "identify",
            Self::Guilds => "guilds",
            Self::Connections => "connections",
            Self::Authorization => "authorization",
            Self::Member => "member",
            Self::Join => "join",
        }
    }

    /// Whether a request carries an access token.
    pub(crate) fn takes_access_token(self) -> bool {
        !matches!(self, Self::Authorize | Self::Token | Self::Revoke)
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

pub(crate) fn router(stand_in: &StandIn) -> Router {
    let watched = |route, methods| watched(stand_in, route, methods);
    let versions = ["/api", "/api/v9", "/api/v10"];

    versions
        .into_iter()
        .fold(Router::new(), |router, prefix| router.nest(prefix, api(stand_in)))
        .route("/oauth2/authorize", watched(Route::Authorize, get(authorize::authorize)))
        .merge(control())
        .fallback(async || answers::not_found())
        .method_not_allowed_fallback(async || answers::method_not_allowed())
        .with_state(stand_in.clone())
}

/// Some clients percent-encode the `@` of `@me`, so each of its paths stands twice.
fn api(stand_in: &StandIn) -> Router<StandIn> {
    let watched = |route, methods| watched(stand_in, route, methods);
    let mut router = Router::new()
        .route("/oauth2/authorize", watched(Route::Authorize, get(authorize::authorize)))
        .route("/oauth2/token", watched(Route::Token, post(token::token)))
        .route("/oauth2/token/revoke", watched(Route::Revoke, post(token::revoke)))
        .route("/guilds/{guild_id}/members/{user_id}", watched(Route::Join, put(join::join)));
    for me in ["@me", "%40me"] {
        router = router
            .route(&format!("/oauth2/{me}"), watched(Route::Authorization, get(rest::authorization)))
            .route(&format!("/users/{me}"), watched(Route::Identify, get(rest::identify)))
            .route(&format!("/users/{me}/guilds"), watched(Route::Guilds, get(rest::guilds)))
            .route(&format!("/users/{me}/connections"), watched(Route::Connections, get(rest::connections)))
            .route(&format!("/users/{me}/guilds/{{guild_id}}/member"), watched(Route::Member, get(rest::member)));
    }
    router
}

fn control() -> Router<StandIn> {
    Router::new()
        .route("/__control/faults", get(control::show_faults).put(control::set_fault).delete(control::clear_faults))
        .route(
            "/__control/settings",
            get(control::show_settings).put(control::set_settings).delete(control::reset_settings),
        )
        .route("/__control/revoke", post(control::revoke))
        .route("/__control/member", put(control::set_member))
        .route("/__control/guild", put(control::rename_guild))
        .route("/__control/application", get(control::show_application))
        .route("/__control/requests", get(control::show_requests))
}

fn watched(stand_in: &StandIn, route: Route, methods: MethodRouter<StandIn>) -> MethodRouter<StandIn> {
    methods.route_layer(from_fn_with_state((stand_in.clone(), route), watch::watch))
}
