//! What went wrong, and what to do.

use askama::Template;

use super::{Frame, Room};

/// A page for an error.
#[derive(Debug, Template)]
#[template(path = "problem.html")]
pub struct Problem {
    frame: Frame,
    title: &'static str,
    message: String,
    advice: &'static str,
}

impl Problem {
    /// The page of an error of that code (of the contract) and message.
    pub fn of(code: &str, message: &str) -> Self {
        let (title, advice) = match code {
            "ApiBanned" => ("You are banned", "The people who run this service have banned you. Ask them why."),
            "NotFound" => ("Nothing here", "The page does not exist, or is not yours to see."),
            "MissingPermission" => ("You may not manage this server", "Ask its owner, or someone who manages it."),
            "MissingScope" => ("Discord has to be asked again", "Sign in again, and agree to all that is asked for."),
            "DiscordUnavailable" => ("Discord does not answer", "Try again in a moment."),
            "RateLimited" => ("Too fast", "Wait a little, then try again."),
            "Unavailable" | "InternalError" => ("Something went wrong", "It is our fault. Try again in a moment."),
            "InvalidCode" => ("You are not signed in", "Sign in again."),
            _ => ("That did not work", "Go back and try again, or sign in anew."),
        };
        Self { frame: Frame::outside(Room::Elsewhere), title, message: message.to_owned(), advice }
    }
}
