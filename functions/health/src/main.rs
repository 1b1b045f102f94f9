//! The function `health`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(health::ENDPOINT)
}
