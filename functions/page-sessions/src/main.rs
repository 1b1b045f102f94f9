//! The function `page-sessions`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(page_sessions::ENDPOINT)
}
