//! The function `oauth2-exchange`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(oauth2_exchange::ENDPOINT)
}
