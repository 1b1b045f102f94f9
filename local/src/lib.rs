//! guildpass on a laptop: the functions behind a gateway that speaks API Gateway's events, an embedded DynamoDB engine and a
//! stand-in Discord, in one process. The test suite starts the same service.

pub mod cors;
pub mod engine;
pub mod example;
pub mod functions;
pub mod gateway;
mod one_host;
pub mod openapi;
pub mod service;
pub mod stand_in;
pub mod template;

pub use service::{Options, Service, StartError};
