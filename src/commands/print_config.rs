//! `app --print-config`: the settings that hold, with where each was said, as a file that would say the same.

use std::process::ExitCode;

use crate::config::{Loaded, to_toml};

use super::say;

/// Prints the settings; secrets stay hidden.
pub fn run(loaded: &Loaded) -> ExitCode {
    say(to_toml(&loaded.effective).trim_end())
}
