//! The function `app-verified-put`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(app_verified_put::ENDPOINT)
}
