//! The edge: an API Gateway event comes in as a request, an answer or an [`ApiError`] goes out. What all endpoints share stands here, once.

mod accept;
mod answer;
mod apps;
mod as_user;
mod authorizations;
mod authorize_link;
mod authorizer;
mod body;
mod browser;
mod cookie;
mod credential;
mod endpoint;
mod error;
mod error_code;
mod guild_list;
mod introspection;
mod limit;
mod operation;
mod page;
mod paging;
mod query;
mod redeem;
mod refusals;
mod request;
mod routes;
mod sign_in;
mod visit;

pub use answer::{created, json, json_text, moved, no_content, redirect, see_other};
pub use apps::{AppAnswer, GivenApp, GivenToken};
pub use as_user::AsUser;
pub use authorizations::{
    AuthorizationAnswer, AuthorizedApps, Grant, Granted, GuildAnswer, SubjectAnswer, UserAnswer, WhatItMay,
};
pub use authorize_link::{AuthorizeLink, guild_choice, kept_guild};
pub use authorizer::{Decision, authorization_of};
pub use body::{body, form, no_body, present};
pub use browser::{CALLBACK, retry_sign_in};
pub use cookie::SESSION_COOKIE;
pub use credential::{Bans, Caller, Holder};
pub use endpoint::{Endpoint, Handled, respond, serve};
pub use error::{ApiError, ErrorAnswer};
pub use error_code::ErrorCode;
pub use guild_list::{GUILD_REFUSALS, GuildList};
pub use introspection::Introspection;
pub use limit::CountedSignIn;
pub use operation::{Credential, Operation, Parameter, SchemaOf, Success};
pub use page::{asset, page, this_page, viewer, well_known};
pub use paging::{CURSOR, EXAMPLE_CURSOR, LIMIT, List};
pub use query::Query;
pub use request::{path, path_id, path_of, source_address, user_agent};
pub use routes::{ROUTES, Route, methods_of, without_trailing_slash};
pub use sign_in::{GivenSession, SignedInUser, Wanted};
pub use visit::Visit;

pub use lambda_http::http::StatusCode;

/// A request, as `lambda_http` reads it out of an event.
pub type Request = lambda_http::Request;
/// An answer, as `lambda_http` writes it into an event's answer.
pub type Response = lambda_http::Response<lambda_http::Body>;
