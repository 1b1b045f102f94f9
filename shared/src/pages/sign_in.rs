//! The way in.

use askama::Template;

use super::{Frame, Room};
use crate::domain::ReturnTo;

/// A page that asks to sign in, and leads back to where the person wanted to go.
#[derive(Debug, Template)]
#[template(path = "sign_in.html")]
pub struct SignIn {
    frame: Frame,
    return_to: String,
    is_home: bool,
}

impl SignIn {
    /// The page for one who was on the way to `return_to`.
    pub fn before(return_to: &ReturnTo) -> Self {
        let return_to = return_to.to_string();
        Self { frame: Frame::outside(Room::Account), is_home: return_to == "/", return_to }
    }
}
