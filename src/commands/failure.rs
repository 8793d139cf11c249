//! Why a subcommand gave up, in a sentence for the person who typed it.

use std::error::Error;
use std::fmt;

/// A failure that ends a subcommand with exit code 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(String);

impl Failure {
    /// A failure in words: lower case, no final stop, with what to do where that is known.
    pub fn new(sentence: impl Into<String>) -> Self {
        Failure(sentence.into())
    }

    /// A failure of something underneath, with everything that it says about its causes.
    pub fn because(what: impl fmt::Display, error: &dyn Error) -> Self {
        Failure(format!("{what}: {}", causes(error)))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Failure {}

/// An error and its sources, each said once.
pub(super) fn causes(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !said.ends_with(&text) {
            said = format!("{said}: {text}");
        }
        source = cause.source();
    }
    said
}
