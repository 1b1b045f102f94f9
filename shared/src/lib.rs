//! What all functions of guildpass share.
//!
//! `domain ← store, discord, http ← functions ← local`: values and rules know nobody; the store, the Discord client and the
//! HTTP edge know the values and not each other's insides; a function names none of AWS, reqwest and the environment.

pub mod audit;
pub mod aws;
mod causes;
pub mod config;
pub mod context;
pub mod discord;
pub mod domain;
pub mod event;
pub mod http;
mod logs;
pub mod pages;
pub mod secrets;
mod seen;
mod start;
pub mod store;

pub use causes::causes;
pub use context::Context;
