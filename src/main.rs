//! The binary `app`: hands the command line to the library, and its exit code back.

fn main() -> std::process::ExitCode {
    larder::cli::run(std::env::args_os())
}
