//! The function `session-delete`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(session_delete::ENDPOINT)
}
