//! What a command prints: for people in aligned columns, for programs what the service answered.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write};

use chrono::{DateTime, Utc};
use domain::Moment;
use domain::Variables;
use domain::error_chain;
use domain::visible;
use domain::{Clock, SystemClock};
use unicode_width::UnicodeWidthStr as _;

use super::api::Answer;
use super::failure::Failure;

const BOLD: &str = "\u{1b}[1m";
const RESET: &str = "\u{1b}[0m";

/// How to print.
pub(super) struct Output {
    json: bool,
    colour: bool,
    now: DateTime<Utc>,
}

impl Output {
    /// In colour for a terminal alone, and not with `NO_COLOR`.
    pub(super) fn new(json: bool, variables: &Variables) -> Self {
        let colour = std::io::stdout().is_terminal()
            && variables.get("NO_COLOR").is_none()
            && variables.get("TERM") != Some("dumb");
        Self { json, colour, now: SystemClock.now() }
    }

    /// Whether a program reads it.
    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Prints an answer: as it is for a program, and for people what `say` makes of it.
    pub(super) fn answer(
        &self,
        answer: &Answer,
        say: impl FnOnce(&Answer) -> Result<String, Failure>,
    ) -> Result<(), Failure> {
        self.print(&if self.json { answer.text.clone() } else { say(answer)? });
        Ok(())
    }

    /// Prints what was done, for people; for a program there was no answer to print.
    pub(super) fn done(&self, text: &str) {
        if !self.json {
            self.print(text);
        }
    }

    /// Prints a text, to the standard output.
    pub(super) fn print(&self, text: &str) {
        let text = text.trim_end();
        if !text.is_empty() {
            // Whoever closed standard output does not want to read it.
            let _nobody_reads = writeln!(std::io::stdout(), "{text}");
        }
    }

    /// Says what a person should know and no program reads.
    pub(super) fn note(&self, text: &str) {
        // Without standard error there is nobody left to tell.
        let _nobody_reads = writeln!(std::io::stderr(), "{text}");
    }

    /// Says why it does not go on.
    pub(super) fn complain(&self, failure: &Failure) {
        self.note(&if self.json {
            failure.as_json()
        } else {
            format!("guildpass: {}", shown_lines(&error_chain(failure)))
        });
    }

    /// A moment, roughly: `in 12 days`.
    pub(super) fn roughly(&self, moment: DateTime<Utc>) -> String {
        Moment::seen(moment, self.now).relative
    }

    /// A moment, roughly and exactly.
    pub(super) fn exactly(&self, moment: DateTime<Utc>) -> String {
        let Moment { exact, relative, .. } = Moment::seen(moment, self.now);
        format!("{relative} ({exact})")
    }

    /// Rows under a head, in columns as wide as they need.
    pub(super) fn table<const N: usize>(&self, head: [&str; N], rows: &[[String; N]]) -> String {
        let widths: Vec<_> = head.iter().enumerate().map(|(column, name)| width(column, name, rows)).collect();
        let mut text = String::new();
        let head = line(&widths, &head.map(str::to_owned));
        let _infallible = if self.colour { writeln!(text, "{BOLD}{head}{RESET}") } else { writeln!(text, "{head}") };
        for row in rows {
            let _infallible = writeln!(text, "{}", line(&widths, row));
        }
        text
    }

    /// What is in bold on a terminal.
    pub(super) fn bold(&self, text: &str) -> String {
        if self.colour { format!("{BOLD}{text}{RESET}") } else { text.to_owned() }
    }
}

/// Whether something is so, in a table.
pub(super) fn yes_or_no(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

/// A service's text as a terminal may have it: without what would move its cursor or deceive the eye.
pub(super) fn shown(text: &str) -> String {
    visible(text)
}

fn shown_lines(text: &str) -> String {
    let line = |line: &str| format!("{}{}", " ".repeat(line.len() - line.trim_start_matches(' ').len()), shown(line));
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn width<const N: usize>(column: usize, name: &str, rows: &[[String; N]]) -> usize {
    let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| shown(cell).width());
    cells.max().unwrap_or_default().max(name.len())
}

fn line(widths: &[usize], cells: &[String]) -> String {
    let mut line = String::new();
    for (width, cell) in widths.iter().zip(cells) {
        let cell = shown(cell);
        let padding = width.saturating_sub(cell.width());
        let _infallible = write!(line, "{cell}{:padding$}  ", "");
    }
    line.truncate(line.trim_end().len());
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_need() {
        let output = Output { json: false, colour: false, now: DateTime::UNIX_EPOCH };
        let rows = [["1", "Zoë", ""], ["200", "B", "x"], ["3", "日本語", "y"]].map(|row| row.map(str::to_owned));
        let lines = ["ID   NAME    MORE", "1    Zoë", "200  B       x", "3    日本語  y", ""];
        assert_eq!(output.table(["ID", "NAME", "MORE"], &rows), lines.join("\n"));
    }

    #[test]
    fn what_a_service_says_cannot_move_the_cursor() {
        assert_eq!(shown("a\u{1b}[2Jb\u{202e}c\r"), "a[2Jbc");
        assert_eq!(shown_lines("one\n  two\u{9b}2J"), "one\n  two2J");
    }
}
