//! What all functions of guildpass share.
//!
//! `domain ← store, discord, http ← functions ← local`: the crate [`domain`] has values and rules and knows no other, the crate
//! [`discord`] knows `domain` alone, the store and the HTTP edge know not each other's insides. A function names none of AWS,
//! reqwest and the environment.

pub mod audit;
pub mod aws;
pub mod config;
pub mod context;
pub mod event;
pub mod http;
mod logs;
pub mod pages;
pub mod secrets;
mod seen;
mod start;
pub mod store;

pub use context::Context;
pub use {discord, domain};
