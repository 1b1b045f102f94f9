//! The function `page-authorize`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(page_authorize::ENDPOINT)
}
