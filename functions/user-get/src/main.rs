//! The function `user-get`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(user_get::ENDPOINT)
}
