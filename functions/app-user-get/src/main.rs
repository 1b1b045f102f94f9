//! The function `app-user-get`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(app_user_get::ENDPOINT)
}
