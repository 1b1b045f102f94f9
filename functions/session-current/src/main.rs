//! The function `session-current`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(session_current::ENDPOINT)
}
