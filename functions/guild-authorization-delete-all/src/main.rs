//! The function `guild-authorization-delete-all`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(guild_authorization_delete_all::ENDPOINT)
}
