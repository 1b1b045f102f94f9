//! The function `app-list`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(app_list::ENDPOINT)
}
