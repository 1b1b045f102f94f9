//! The function `app-guild-get`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(app_guild_get::ENDPOINT)
}
