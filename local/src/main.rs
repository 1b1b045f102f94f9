//! `cargo run`: guildpass on this machine.

mod audit;
mod command;
mod data_dir;
mod welcome;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    let command = command::Command::parse();
    command::log_to_stderr();
    match command::run(command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            welcome::complain(error.as_ref());
            ExitCode::FAILURE
        }
    }
}
