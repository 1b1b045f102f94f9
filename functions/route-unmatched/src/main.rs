//! The function `route-unmatched`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(route_unmatched::ENDPOINT)
}
