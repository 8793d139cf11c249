//! The room that an answer to many operations has for documents.

use super::error::{Error, Result};
use super::item::Document;
use super::limits;

/// What is left of [`limits::ANSWER_BYTES`].
#[derive(Debug)]
pub struct AnswerRoom(usize);

impl AnswerRoom {
    /// Takes the room of a document, if there is as much; a smaller one behind it may find some.
    ///
    /// # Errors
    /// `too-large`.
    pub fn take(&mut self, document: &Document) -> Result<()> {
        let bytes = document.bytes().len();
        self.0 = self
            .0
            .checked_sub(bytes)
            .ok_or_else(|| Error::beyond_answer(limits::ANSWER_BYTES - self.0 + bytes))?;
        Ok(())
    }
}

impl Default for AnswerRoom {
    fn default() -> Self {
        AnswerRoom(limits::ANSWER_BYTES)
    }
}
