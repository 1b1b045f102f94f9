//! The function `app-get`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(app_get::ENDPOINT)
}
