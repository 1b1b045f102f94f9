//! The function `page-guild`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(page_guild::ENDPOINT)
}
