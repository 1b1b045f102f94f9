//! The function `user-connections`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(user_connections::ENDPOINT)
}
