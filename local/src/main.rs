//! `cargo run`: guildpass on this machine; and the command line that asks it, or one anywhere.

mod audit;
mod command;
mod data_dir;
mod database_file;
mod welcome;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    command::run(command::Command::of_process()).await
}
