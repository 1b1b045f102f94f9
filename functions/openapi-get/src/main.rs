//! The function `openapi-get`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(openapi_get::ENDPOINT)
}
