//! The function `app-self`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(app_self::ENDPOINT)
}
