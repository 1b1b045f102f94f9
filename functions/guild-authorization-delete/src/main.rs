//! The function `guild-authorization-delete`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(guild_authorization_delete::ENDPOINT)
}
