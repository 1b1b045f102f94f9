//! The function `guild-authorization-list`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(guild_authorization_list::ENDPOINT)
}
