//! The function `authorizer`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::event::serve(authorizer::FUNCTION)
}
