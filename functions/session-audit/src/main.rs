//! The function `session-audit`.

use std::process::ExitCode;

fn main() -> ExitCode {
    shared::event::serve(session_audit::FUNCTION)
}
