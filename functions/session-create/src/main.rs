//! The function `session-create`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(session_create::ENDPOINT)
}
