//! The function `user-disconnect`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(user_disconnect::ENDPOINT)
}
