//! The whole suite in one binary: endpoint tests that mirror the URL tree, journeys, races, faults, budgets, properties, tidiness.
//!
//! Every test has a service of its own: real functions behind the gateway, a real engine, a stand-in Discord. The engine is the embedded
//! one in memory, or the one at `GUILDPASS_DYNAMODB`.

#[cfg(test)]
mod world;

mod budgets;
mod configuration;
mod credentials;
mod discord_misbehaves;
mod events;
mod faults;
mod journeys;
mod oauth2_authorize;
mod oauth2_exchange;
mod permissions;
mod properties;
mod races;
mod routes;
mod sessions;
mod stand_in;
mod tidy;
