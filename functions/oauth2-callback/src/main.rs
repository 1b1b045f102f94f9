//! The function `oauth2-callback`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(oauth2_callback::ENDPOINT)
}
