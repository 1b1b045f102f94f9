//! What a command line says about itself: mistakes in it, and what lets a shell complete it.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Subcommand;

/// How a shell gets to know them.
const COMPLETIONS_HELP: &str = "Put this into the start-up file of your shell:
  bash  source <(guildpass completions bash)
  zsh   source <(guildpass completions zsh)     (after compinit)
  fish  guildpass completions fish | source";

#[derive(Subcommand)]
#[expect(missing_docs, reason = "clap would print it as what the whole command is for")]
pub enum Completions {
    /// Print the completion script for a shell
    #[command(after_help = COMPLETIONS_HELP)]
    Completions {
        /// Shell to complete for
        shell: clap_complete::Shell,
    },
}

impl Completions {
    /// Prints the script for `command`.
    pub fn print(&self, command: &mut clap::Command) -> ExitCode {
        let Self::Completions { shell } = self;
        let mut script = Vec::new();
        clap_complete::generate(*shell, command, "guildpass", &mut script);
        // Whoever closed standard output does not want to read it.
        let _nobody_reads = std::io::stdout().write_all(&script);
        ExitCode::SUCCESS
    }
}

/// Ends the process: with what was asked for, such as help, or because the command line makes no sense. A program that wants JSON
/// gets it, whatever else is wrong.
pub fn refuse(error: &clap::Error) -> ! {
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    if !wants_json || !error.use_stderr() {
        error.exit()
    }
    let text = error.render().to_string();
    let reason = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
    complain_as_json("Usage", &reason.split_whitespace().collect::<Vec<_>>().join(" "));
    std::process::exit(error.exit_code())
}

/// Why it does not go on, for a program, in the shape of the API's errors.
pub fn complain_as_json(code: &str, message: &str) {
    // Without standard error there is nobody left to tell.
    let _nobody_reads = writeln!(std::io::stderr(), "{}", serde_json::json!({ "code": code, "message": message }));
}
