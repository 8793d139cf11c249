//! Runs a subcommand that waits for things, and makes an exit code of what became of it.

use std::future::Future;
use std::process::ExitCode;

use super::failure::Failure;

/// Runs it to its end: exit code 0, or that of the failure, which is told on standard error.
pub fn run_async(command: impl Future<Output = Result<(), Failure>>) -> ExitCode {
    match actix_web::rt::System::new().block_on(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}
