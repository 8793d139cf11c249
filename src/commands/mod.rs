//! The subcommands that are not roles, a file each.

pub mod check_config;
pub mod contract;
pub mod healthcheck;
pub mod print_config;
mod say;

pub use say::say;
