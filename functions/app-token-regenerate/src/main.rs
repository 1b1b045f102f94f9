//! The function `app-token-regenerate`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(app_token_regenerate::ENDPOINT)
}
