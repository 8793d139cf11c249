//! The subcommands that work on a running system, as people run them: the real binary against a real one.

mod backup;
mod documented;
mod import;
mod key;
mod outputs;
pub mod program;
mod smoke;
mod transfer;
mod wire;
