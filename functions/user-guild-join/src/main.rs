//! The function `user-guild-join`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(user_guild_join::ENDPOINT)
}
