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
    route_unmatched::ENDPOINT,
];
