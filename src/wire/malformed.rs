//! The error of bytes that no peer of ours would have sent.

use std::fmt;

use crate::domain::Error;

/// Bytes that are no frame, or no message, of this protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub(super) String);

impl Malformed {
    /// Says what is wrong.
    pub fn new(what: impl Into<String>) -> Self {
        Malformed(what.into())
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Malformed {}

impl From<prost::DecodeError> for Malformed {
    fn from(error: prost::DecodeError) -> Self {
        Malformed(error.to_string())
    }
}

/// What should have been a domain value is none.
impl From<Error> for Malformed {
    fn from(error: Error) -> Self {
        Malformed(error.to_string())
    }
}
