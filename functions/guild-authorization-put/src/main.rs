//! The function `guild-authorization-put`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(guild_authorization_put::ENDPOINT)
}
