//! Whole journeys, as those who use guildpass make them.

mod oauth2_client;
mod portal;
mod quickstart;
