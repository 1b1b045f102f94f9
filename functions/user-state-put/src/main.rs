//! The function `user-state-put`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(user_state_put::ENDPOINT)
}
