//! The function `page-asset`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(page_asset::ENDPOINT)
}
