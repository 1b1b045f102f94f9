//! The stand-in Discord against the facts that it must keep to, over HTTP.

mod authorize;
mod control;
#[cfg(test)]
mod discord;
mod faults;
mod join;
mod keep;
mod rest;
mod revoke;
mod token;
