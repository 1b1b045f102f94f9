//! Asks before what cannot be undone.

use std::io::{IsTerminal, Write as _};

use super::failure::Failure;

/// The flag of commands that ask first.
#[derive(clap::Args)]
pub(super) struct Confirmation {
    /// Skip the confirmation; required without a terminal
    #[arg(long)]
    yes: bool,
}

impl Confirmation {
    /// Asks whoever sits at the terminal, unless `--yes` says it already. Without a terminal nobody can be asked, and nothing is done.
    pub(super) fn ask(&self, question: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return Err(Failure::Usage("Confirmation needs a terminal. Add --yes to skip it.".to_owned()));
        }
        let mut answer = String::new();
        let asked =
            write!(std::io::stderr(), "{question} [y/N] ").and_then(|()| std::io::stdin().read_line(&mut answer));
        match asked {
            Ok(_) if matches!(answer.trim(), "y" | "Y" | "yes" | "Yes" | "YES") => Ok(()),
            _ => Err(Failure::Declined),
        }
    }
}
