//! The function `user-authorization-delete`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(user_authorization_delete::ENDPOINT)
}
