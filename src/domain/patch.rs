//! stub
use super::error::Result;
use super::item::Document;
use bytes::Bytes;
/// The two patch languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchFormat {
    /// RFC 7396.
    Merge,
    /// RFC 6902.
    Json,
}
/// A patch.
#[derive(Clone, Debug)]
pub struct Patch {
    format: PatchFormat,
    text: Bytes,
}
impl Patch {
    /// Reads a patch.
    pub fn parse(format: PatchFormat, text: Bytes) -> Result<Self> {
        Ok(Patch { format, text })
    }
    /// Which language.
    pub fn format(&self) -> PatchFormat {
        self.format
    }
    /// The text it was read from.
    pub fn text(&self) -> &Bytes {
        &self.text
    }
    /// Applies it.
    pub fn apply(&self, document: &Document) -> Result<Document> {
        Ok(document.clone())
    }
}
