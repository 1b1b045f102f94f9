//! The edge: an API Gateway event comes in as a request, an answer or an [`ApiError`] goes out. What all endpoints share stands here, once.

mod answer;
mod apps;
mod as_user;
mod authorizations;
mod body;
mod credential;
mod endpoint;
mod error;
mod guild_list;
mod limit;
mod paging;
mod query;
mod request;
mod routes;
mod sign_in;

pub use answer::{created, json, no_content, redirect};
pub use apps::{AppAnswer, GivenApp, GivenToken};
pub use as_user::AsUser;
pub use authorizations::{AuthorizationAnswer, AuthorizedApps, Granted, SubjectAnswer};
pub use body::{body, present};
pub use credential::{Bans, Caller, SESSION_COOKIE};
pub use endpoint::{Endpoint, Handled, respond, serve};
pub use error::ApiError;
pub use guild_list::GuildList;
pub use paging::List;
pub use query::Query;
pub use request::{path, path_id, path_of, source_address, user_agent};
pub use routes::{ROUTES, Route, methods_of};
pub use sign_in::{GivenSession, Wanted};

pub use lambda_http::http::StatusCode;

/// A request, as `lambda_http` reads it out of an event.
pub type Request = lambda_http::Request;
/// An answer, as `lambda_http` writes it into an event's answer.
pub type Response = lambda_http::Response<lambda_http::Body>;
