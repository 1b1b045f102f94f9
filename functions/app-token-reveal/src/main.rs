//! The function `app-token-reveal`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(app_token_reveal::ENDPOINT)
}
