//! The function `token-introspect`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(token_introspect::ENDPOINT)
}
