//! `guildpass`: asks a guildpass service, here or anywhere, as one of its users. `cargo install --path cli` installs it.

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use cli::Asking;

/// The command line client of a guildpass service.
#[derive(Parser)]
#[command(name = "guildpass", version)]
struct Command {
    #[command(subcommand)]
    task: Task,

    #[command(flatten)]
    asking: Asking,
}

#[derive(Subcommand)]
enum Task {
    #[command(flatten)]
    Ask(cli::Task),

    #[command(flatten)]
    Completions(cli::Completions),
}

#[tokio::main]
async fn main() -> ExitCode {
    let command = Command::try_parse().unwrap_or_else(|error| cli::refuse(&error));
    match command.task {
        Task::Ask(task) => cli::run(task, command.asking).await,
        Task::Completions(completions) => completions.print(&mut Command::command()),
    }
}
