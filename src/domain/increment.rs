//! stub
use super::error::Result;
use super::item::Document;
use bytes::Bytes;
/// Numbers to be added at places of a document.
#[derive(Clone, Debug)]
pub struct Increments {
    text: Bytes,
}
impl Increments {
    /// Reads the body.
    pub fn parse(text: Bytes) -> Result<Self> {
        Ok(Increments { text })
    }
    /// The text it was read from.
    pub fn text(&self) -> &Bytes {
        &self.text
    }
    /// Applies it to a document, or makes one.
    pub fn apply(&self, document: Option<&Document>) -> Result<Document> {
        Ok(document.cloned().unwrap_or_else(|| Document::trusted(Bytes::from_static(b"0"))))
    }
}
