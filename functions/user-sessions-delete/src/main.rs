//! The function `user-sessions-delete`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(user_sessions_delete::ENDPOINT)
}
