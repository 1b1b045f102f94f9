//! The function `app-deauthorize`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(app_deauthorize::ENDPOINT)
}
