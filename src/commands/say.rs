//! Writes what a subcommand has to say to standard output.

use std::io::{ErrorKind, Write as _};

use super::failure::Failure;

/// Writes a text and a line feed.
///
/// # Errors
/// What standard output does not take, as a full disk does not. A reader that has left, as `head` does, is no failure.
pub(super) fn say(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(unsaid(&error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Standard output does not take what belongs there.
pub(super) fn unsaid(error: &std::io::Error) -> Failure {
    Failure::because("cannot write to standard output", error)
}
