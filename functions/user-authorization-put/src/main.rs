//! The function `user-authorization-put`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(user_authorization_put::ENDPOINT)
}
