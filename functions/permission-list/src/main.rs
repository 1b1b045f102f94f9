//! The function `permission-list`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(permission_list::ENDPOINT)
}
