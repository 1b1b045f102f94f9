//! The function `app-create`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(app_create::ENDPOINT)
}
