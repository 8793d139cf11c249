//! Values that must not be seen.

use std::fmt;

use super::value::Parser;

/// A secret; it never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Shortest secret that is accepted, in bytes.
    pub const BYTES: usize = 16;

    /// Takes a secret that is long enough.
    pub fn parse(text: &str) -> Option<Secret> {
        (text.len() >= Secret::BYTES).then(|| Secret(text.to_owned()))
    }

    /// The secret itself, for the one who uses it.
    pub fn reveal(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(redacted)")
    }
}

/// Reads a secret.
pub(super) const SECRET: Parser<Secret> =
    Parser { expects: "a secret of at least 16 bytes", read: Secret::parse };
