//! The function `page-portal`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(page_portal::ENDPOINT)
}
