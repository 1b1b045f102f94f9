//! The function `page-app-link`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(page_app_link::ENDPOINT)
}
