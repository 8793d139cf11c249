//! `app --print-config`: the settings that hold, with where each was said, as a file that would say the same.

use crate::config::{Loaded, to_toml};

use super::{Failure, say};

/// Prints the settings; secrets stay hidden.
///
/// # Errors
/// Where they can't be printed.
pub fn run(loaded: &Loaded) -> Result<(), Failure> {
    say(to_toml(&loaded.effective).trim_end())
}
