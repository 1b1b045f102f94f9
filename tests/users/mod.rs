//! `/users`

mod connections;
mod delete;
mod disconnect;
mod get;
mod guild_join;
mod guilds;
mod refusals;
mod renewal;
mod state;
