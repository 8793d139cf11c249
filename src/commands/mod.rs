//! The subcommands that are not roles, a file each.

pub mod backup;
pub mod bootstrap;
pub mod check_config;
mod client;
pub mod contract;
mod database;
mod ended;
pub mod export;
mod failure;
pub mod healthcheck;
pub mod import;
pub mod key;
mod patience;
pub mod pki;
mod place;
pub mod print_config;
mod progress;
mod progress_file;
pub mod restore;
mod say;
pub mod smoke;

pub use ended::{ended, run_async};
pub use failure::{Failure, USAGE};

use say::{say, unsaid};
