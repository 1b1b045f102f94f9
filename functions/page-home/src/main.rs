//! The function `page-home`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(page_home::ENDPOINT)
}
