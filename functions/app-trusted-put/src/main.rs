//! The function `app-trusted-put`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(app_trusted_put::ENDPOINT)
}
