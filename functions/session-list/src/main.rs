//! The function `session-list`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(session_list::ENDPOINT)
}
