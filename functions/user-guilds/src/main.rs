//! The function `user-guilds`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::http::serve(user_guilds::ENDPOINT)
}
