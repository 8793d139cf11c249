//! Says where and why a text is no JSON.

use crate::domain::{Error, Kind, Place, limits};

use super::reader::TOO_DEEP;

/// The place at which reading stopped, and the reason.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    at: usize,
    why: &'static str,
}

impl Stop {
    /// Stopped at this byte for this reason: a clause, lower case, no final stop.
    #[inline]
    pub(super) fn new(at: usize, why: &'static str) -> Self {
        Stop { at, why }
    }

    /// The error of it; `pointer` leads to the value that is wrong.
    pub(super) fn error(self, text: &[u8], pointer: String) -> Error {
        let before = &text[..self.at.min(text.len())];
        let lines = before.iter().filter(|byte| **byte == b'\n').count();
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        // Continuation bytes of UTF-8 begin no character.
        let characters = before[line_start..].iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        let detail =
            format!("{}, at line {}, column {} (byte {})", self.why, lines + 1, characters + 1, before.len());
        match self.why {
            TOO_DEEP => Error::too_deep(Place::Pointer(pointer), detail, limits::NESTING + 1),
            _ => Error::at(Kind::MalformedJson, Place::Pointer(pointer), detail),
        }
    }
}
