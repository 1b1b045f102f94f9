//! The function `oauth2-authorize`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(oauth2_authorize::ENDPOINT)
}
