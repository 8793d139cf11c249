//! Makes an exit code of what became of a subcommand.

use std::future::Future;
use std::io::Write as _;
use std::process::ExitCode;

use super::failure::Failure;

/// Exit code 0, or that of the failure, which is told on standard error.
pub fn ended(command: Result<(), Failure>) -> ExitCode {
    match command {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // The exit code says it where nobody can be told.
            let _untold = writeln!(std::io::stderr(), "{failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Runs a subcommand that waits for things to its end.
pub fn run_async(command: impl Future<Output = Result<(), Failure>>) -> ExitCode {
    ended(actix_web::rt::System::new().block_on(command))
}
