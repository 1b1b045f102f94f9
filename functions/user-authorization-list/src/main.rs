//! The function `user-authorization-list`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(user_authorization_list::ENDPOINT)
}
