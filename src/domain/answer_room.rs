//! The room that an answer to many operations has for documents.

use super::error::Error;
use super::item::Document;
use super::kind::Kind;
use super::limits;

/// What is left of [`limits::ANSWER_BYTES`].
#[derive(Debug)]
pub struct AnswerRoom(usize);

impl AnswerRoom {
    /// Takes the room of a document, if there is as much; a smaller one behind it may find some.
    ///
    /// # Errors
    /// The document has no room.
    pub fn take(&mut self, document: &Document) -> Result<(), BeyondAnswer> {
        let bytes = document.bytes().len();
        let taken = limits::ANSWER_BYTES - self.0 + bytes;
        self.0 = self.0.checked_sub(bytes).ok_or(BeyondAnswer(taken))?;
        Ok(())
    }
}

impl Default for AnswerRoom {
    fn default() -> Self {
        AnswerRoom(limits::ANSWER_BYTES)
    }
}

/// A document that has no room in an answer behind those before it, with which it would have so many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BeyondAnswer(pub usize);

impl From<BeyondAnswer> for Error {
    fn from(BeyondAnswer(bytes): BeyondAnswer) -> Self {
        let detail = "the documents before this one fill the answer; read it with another request";
        Error::new(Kind::TooLarge, detail).with_limit(limits::ANSWER_BYTES as u64, bytes as u64)
    }
}
