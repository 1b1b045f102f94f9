//! The function `page-docs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(page_docs::ENDPOINT)
}
