//! What went wrong, and what to do.

use askama::Template;

use super::{Frame, Room, Viewer};
use crate::domain::ReturnTo;

/// What a person can try again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retry {
    /// To sign in, and to go there then.
    SignIn(ReturnTo),
    /// The page itself.
    Page(ReturnTo),
    /// Nothing of ours.
    Nothing,
}

/// A page for an error.
#[derive(Debug, Template)]
#[template(path = "problem.html")]
pub struct Problem {
    frame: Frame,
    title: &'static str,
    message: String,
    advice: &'static str,
    sign_in: Option<SignInAgain>,
    /// Where a button leads on, and what it says.
    next: Option<(String, &'static str)>,
}

#[derive(Debug)]
struct SignInAgain {
    return_to: String,
    as_another: bool,
}

impl Problem {
    /// The page of an error of that code (of the contract) and message, for one who is signed in or not.
    pub fn of(code: &str, message: &str, viewer: Option<Viewer>, retry: Retry) -> Self {
        let (title, advice) = match code {
            "ApiBanned" => {
                ("You are banned", "The operators of this service have banned you. Contact them for the reason.")
            }
            "NotFound" => ("Page not found", "The page does not exist, or you cannot see it."),
            "MethodNotAllowed" => ("Page not found", "This address is part of the API."),
            "MissingPermission" => ("You cannot manage this server", "Ask the owner or someone who can manage it."),
            "MissingScope" => ("Permission missing", "Sign in again and grant all requested permissions."),
            "DiscordUnavailable" => ("Discord does not answer", "Try again in a moment."),
            "RateLimited" => ("Too many requests", "Wait a moment, then try again."),
            "Unavailable" | "InternalError" => {
                ("Something went wrong", "This is a problem on our side. Try again in a moment.")
            }
            "InvalidCode" => ("You are not signed in", "Sign in again."),
            _ => match (&retry, &viewer) {
                (Retry::SignIn(_), Some(_)) => ("That did not work", "You are still signed in."),
                (Retry::SignIn(_), None) => ("That did not work", "Sign in again."),
                (Retry::Page(_), _) => ("That did not work", "Go back and try again."),
                (Retry::Nothing, _) => {
                    ("That did not work", "The link that led here is wrong. Go back to where you came from.")
                }
            },
        };
        let is_signed_in = viewer.is_some();
        let (sign_in, next) = ways_on(code, is_signed_in, retry);
        let frame = viewer.map_or_else(|| Frame::outside(Room::Elsewhere), |viewer| Frame::of(viewer, Room::Elsewhere));
        Self { frame, title, message: message.to_owned(), advice, sign_in, next }
    }
}

/// Signing in helps after a failed sign-in, a ban or a missing scope; trying again, where time helps.
fn ways_on(code: &str, is_signed_in: bool, retry: Retry) -> (Option<SignInAgain>, Option<(String, &'static str)>) {
    let sign_in = |return_to: &ReturnTo, as_another| Some(SignInAgain { return_to: return_to.to_string(), as_another });
    let passes = matches!(code, "DiscordUnavailable" | "RateLimited" | "Unavailable" | "InternalError");
    match retry {
        Retry::SignIn(return_to) => {
            let next = is_signed_in.then(|| (return_to.to_string(), "Continue"));
            (sign_in(&return_to, code == "ApiBanned"), next)
        }
        Retry::Page(here) if code == "ApiBanned" || code == "MissingScope" => {
            (sign_in(&here, code == "ApiBanned"), None)
        }
        Retry::Page(here) if passes => (None, Some((here.to_string(), "Try again"))),
        Retry::Page(_) | Retry::Nothing => (None, None),
    }
}
