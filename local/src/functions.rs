//! Every function, linked.

use shared::http::Endpoint;

/// In the order of the contract.
pub const FUNCTIONS: &[Endpoint] = &[
    oauth2_authorize::ENDPOINT,
    oauth2_exchange::ENDPOINT,
    session_current::ENDPOINT,
    session_list::ENDPOINT,
    session_create::ENDPOINT,
    session_delete::ENDPOINT,
    session_delete_all::ENDPOINT,
    user_get::ENDPOINT,
    user_guilds::ENDPOINT,
    user_connections::ENDPOINT,
    user_guild_join::ENDPOINT,
    user_disconnect::ENDPOINT,
    user_delete::ENDPOINT,
    user_state_put::ENDPOINT,
    user_sessions_delete::ENDPOINT,
    route_unmatched::ENDPOINT,
];
