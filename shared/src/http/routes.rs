//! Every route of the API. The template says the same to API Gateway, and a test holds both together.

/// A route: a method and a path, whose segments in braces stand for any text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// In capitals.
    pub method: &'static str,
    /// As in the template.
    pub path: &'static str,
    /// The function that answers.
    pub function: &'static str,
    /// Whether it takes HEAD too: as GET without a body, wherever GET changes nothing.
    pub takes_head: bool,
}

const fn route(method: &'static str, path: &'static str, function: &'static str) -> Route {
    Route { method, path, function, takes_head: matches!(method.as_bytes(), b"GET") }
}

/// A GET that changes something: a preview of such a link must not.
const fn get_that_changes(path: &'static str, function: &'static str) -> Route {
    Route { method: "GET", path, function, takes_head: false }
}

/// All of them, in the order of the contract.
pub const ROUTES: &[Route] = &[
    route("GET", "/oauth2/authorize", "oauth2-authorize"),
    get_that_changes("/oauth2/callback", "oauth2-callback"),
    route("POST", "/oauth2", "oauth2-exchange"),
    route("GET", "/sessions/@me", "session-current"),
    route("GET", "/sessions", "session-list"),
    route("POST", "/sessions", "session-create"),
    route("DELETE", "/sessions/{session_id}", "session-delete"),
    route("DELETE", "/sessions", "session-delete-all"),
    route("GET", "/users/@me", "user-get"),
    route("GET", "/users/@me/guilds", "user-guilds"),
    route("GET", "/users/@me/connections", "user-connections"),
    route("PUT", "/users/@me/guilds/{guild_id}", "user-guild-join"),
    route("DELETE", "/users/@me/discord", "user-disconnect"),
    route("DELETE", "/users/@me", "user-delete"),
    route("PUT", "/users/{user_id}/state", "user-state-put"),
    route("DELETE", "/users/{user_id}/sessions", "user-sessions-delete"),
    route("POST", "/apps", "app-create"),
    route("GET", "/apps", "app-list"),
    route("GET", "/apps/{app_id}", "app-get"),
    route("PATCH", "/apps/{app_id}", "app-update"),
    route("DELETE", "/apps/{app_id}", "app-delete"),
    route("GET", "/apps/{app_id}/token", "app-token-reveal"),
    route("POST", "/apps/{app_id}/token", "app-token-regenerate"),
    route("PUT", "/apps/{app_id}/verified", "app-verified-put"),
    route("PUT", "/apps/{app_id}/trusted", "app-trusted-put"),
    route("PUT", "/apps/{app_id}/guilds/{guild_id}", "guild-authorization-put"),
    route("DELETE", "/apps/{app_id}/guilds/{guild_id}", "guild-authorization-delete"),
    route("GET", "/guilds/{guild_id}/authorizations", "guild-authorization-list"),
    route("DELETE", "/guilds/{guild_id}/authorizations", "guild-authorization-delete-all"),
    route("PUT", "/apps/{app_id}/users/@me", "user-authorization-put"),
    route("DELETE", "/apps/{app_id}/users/@me", "user-authorization-delete"),
    route("GET", "/users/@me/authorizations", "user-authorization-list"),
    route("GET", "/permissions", "permission-list"),
    route("GET", "/app", "app-self"),
    route("POST", "/app/deauthorize", "app-deauthorize"),
    route("GET", "/app/guilds/{guild_id}", "app-guild-get"),
    route("GET", "/app/users/{user_id}", "app-user-get"),
    route("POST", "/introspect", "token-introspect"),
    route("GET", "/health", "health"),
    route("GET", "/openapi.json", "openapi-get"),
    route("GET", "/", "page-home"),
    route("GET", "/sessions/manage", "page-sessions"),
    route("GET", "/portal", "page-portal"),
    route("GET", "/portal/{app_id}/link", "page-app-link"),
    route("GET", "/authorize", "page-authorize"),
    route("GET", "/guilds/{guild_id}/manage", "page-guild"),
    route("GET", "/docs", "page-docs"),
    route("GET", "/assets/{version}/{name}", "page-asset"),
    route("GET", "/favicon.ico", "page-asset"),
    route("GET", "/robots.txt", "page-asset"),
];

/// The methods that a path takes, in the order of [`ROUTES`]; none for a path that is nobody's.
pub fn methods_of(path: &str) -> Vec<&'static str> {
    let routes = ROUTES.iter().filter(|route| matches(route.path, path));
    routes.flat_map(|route| std::iter::once(route.method).chain(route.takes_head.then_some("HEAD"))).collect()
}

/// The path that was meant where slashes after it were not, if it can be read there.
pub fn without_trailing_slash(path: &str) -> Option<&str> {
    let meant = path.trim_end_matches('/');
    (meant != path && methods_of(meant).contains(&"HEAD")).then_some(meant)
}

/// Whether a text is the route key of one of the routes, such as `GET /sessions`.
pub(super) fn is_route_key(key: &str) -> bool {
    let Some((method, path)) = key.split_once(' ') else { return false };
    let takes = |route: &Route| route.method == method || (route.takes_head && method == "HEAD");
    ROUTES.iter().any(|route| route.path == path && takes(route))
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(pattern), Some(segment)) if pattern == segment => {}
            (Some(pattern), Some(segment)) if pattern.starts_with('{') && !segment.is_empty() => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_takes_the_methods_of_all_its_routes() {
        assert_eq!(methods_of("/sessions"), ["GET", "HEAD", "POST", "DELETE"]);
        assert_eq!(methods_of("/sessions/@me"), ["GET", "HEAD", "DELETE"]);
        assert_eq!(methods_of("/oauth2/callback"), ["GET"]);
        for path in ["", "/sessions/", "/sessions/a/b", "sessions", "/oauth2/x"] {
            assert!(methods_of(path).is_empty(), "{path}");
        }
    }

    #[test]
    fn route_keys_are_those_of_the_routes() {
        for key in ["GET /sessions", "HEAD /sessions", "DELETE /sessions/{session_id}", "GET /oauth2/callback"] {
            assert!(is_route_key(key), "{key}");
        }
        for key in ["", "$default", "PUT /sessions", "DELETE /sessions/1", "HEAD /oauth2/callback", "GET  /sessions"] {
            assert!(!is_route_key(key), "{key}");
        }
    }

    #[test]
    fn a_trailing_slash_is_dropped_from_what_can_be_read() {
        assert_eq!(without_trailing_slash("/portal/"), Some("/portal"));
        assert_eq!(without_trailing_slash("/sessions/@me//"), Some("/sessions/@me"));
        for path in ["/", "//", "/portal", "/login/", "//portal/", "/oauth2/", "/oauth2/callback/", ""] {
            assert_eq!(without_trailing_slash(path), None, "{path}");
        }
    }
}
