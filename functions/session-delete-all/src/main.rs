//! The function `session-delete-all`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(session_delete_all::ENDPOINT)
}
