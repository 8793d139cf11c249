//! The binary `app`: hands the command line to the library, and its exit code back.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    larder::cli::run(std::env::args_os())
}
