//! The function `app-delete`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(app_delete::ENDPOINT)
}
