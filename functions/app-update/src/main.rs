//! The function `app-update`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(app_update::ENDPOINT)
}
