//! Writes what a subcommand has to say to standard output.

use std::io::Write as _;
use std::process::ExitCode;

/// Writes a text and a line feed. A reader that has left (as `head` does) is no failure, but a full disk is one.
pub fn say(text: &str) -> ExitCode {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Ok(()) | Err(_) => ExitCode::SUCCESS,
    }
}
