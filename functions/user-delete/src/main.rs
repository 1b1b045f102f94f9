//! The function `user-delete`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(user_delete::ENDPOINT)
}
