//! The whole suite in one binary: endpoint tests that mirror the URL tree, journeys, races, faults, budgets, properties, tidiness.
//!
//! Every test has a service of its own: real functions behind the gateway, a real engine, a stand-in Discord. The engine is the embedded
//! one in memory, or the one at `GUILDPASS_DYNAMODB`.

#[cfg(test)]
mod world;

#[cfg(test)]
mod app;
#[cfg(test)]
mod apps;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod authorizations;
#[cfg(test)]
mod authorizer;
#[cfg(test)]
mod browser_sign_in;
#[cfg(test)]
mod budgets;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod consent;
#[cfg(test)]
mod cors;
#[cfg(test)]
mod costs;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod discord_client;
#[cfg(test)]
mod discord_misbehaves;
#[cfg(test)]
mod events;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod foreign_texts;
#[cfg(test)]
mod health;
#[cfg(test)]
mod introspect;
#[cfg(test)]
mod journeys;
#[cfg(test)]
mod oauth2_authorize;
#[cfg(test)]
mod oauth2_callback;
#[cfg(test)]
mod oauth2_exchange;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod races;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod sign_in_limits;
#[cfg(test)]
mod stand_in;
#[cfg(test)]
mod template;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod users;
