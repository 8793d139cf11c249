//! Why a subcommand gave up, in a sentence for the person who typed it.

use std::error::Error;
use std::fmt;

use crate::telemetry::log::with_causes;

/// The exit code of a command line or a configuration that makes no sense (`EX_USAGE`).
pub const USAGE: u8 = 64;

/// A failure that ends a subcommand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    sentence: String,
    exit_code: u8,
}

impl Failure {
    /// A failure in words: lower case, no final stop, with what to do where that is known.
    pub fn new(sentence: impl Into<String>) -> Self {
        Failure { sentence: sentence.into(), exit_code: 1 }
    }

    /// What was typed, or set, makes no sense in this command: nothing was tried.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Failure { sentence: sentence.into(), exit_code: USAGE }
    }

    /// A failure of something underneath, with everything that it says about its causes.
    pub fn because(what: impl fmt::Display, error: &dyn Error) -> Self {
        Failure::new(format!("{what}: {}", with_causes(error)))
    }

    /// With what the process is to end.
    pub fn exit_code(&self) -> u8 {
        self.exit_code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl Error for Failure {}
