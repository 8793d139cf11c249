//! The subcommands that are not roles, a file each.

pub mod check_config;
mod client;
pub mod contract;
pub mod export;
mod failure;
pub mod healthcheck;
pub mod import;
mod patience;
pub mod print_config;
mod progress;
mod say;
pub mod smoke;
mod work;

pub use failure::Failure;
pub use say::say;
pub use work::work;
