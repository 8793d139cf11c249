//! Patches: changes of a document that is there, in the two languages that HTTP has for them.
//!
//! What a patch does not touch keeps its text, numbers digit by digit; white space goes. Members keep their
//! place, and new ones come last.

mod draft;
mod json_patch;
mod merge;
mod step;

use bytes::Bytes;

use super::error::{Error, Result};
use super::item::Document;
use super::json::{self, Json};
use super::limits;

use step::Step;

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
    tests: bool,
}

impl Patch {
    /// Reads a patch.
    ///
    /// # Errors
    /// `malformed-json`; `invalid-patch` with each place in the patch that is wrong: an unknown operation, a bad
    /// pointer, a missing member, more than 1,000 steps.
    pub fn parse(format: PatchFormat, text: Bytes) -> Result<Self> {
        let tests = match format {
            PatchFormat::Merge => json::check(&text).map(|()| false)?,
            PatchFormat::Json => Step::parse_all(&text)?.iter().any(|step| matches!(step, Step::Test { .. })),
        };
        Ok(Patch { format, text, tests })
    }

    /// Whether it demands values that are there, and so tells of them.
    pub fn tests(&self) -> bool {
        self.tests
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
    ///
    /// # Errors
    /// `conflict` with the place in the document where it does not fit: a failed test, something that is not
    /// there, a removal of the whole, a move of a value into itself. `too-large` and `malformed-json` where the
    /// result of any step is too large or nests too deep.
    pub fn apply(&self, document: &Document) -> Result<Document> {
        let before = stored(document)?;
        let after = match self.format {
            PatchFormat::Merge => merge::merged(before, Json::parse(&self.text)?),
            PatchFormat::Json => json_patch::patched(before, Step::parse_all(&self.text)?)?,
        };
        written(&after)
    }
}

/// The tree of a document that is there.
pub(super) fn stored(document: &Document) -> Result<Json<'_>> {
    Json::parse(document.bytes())
        .map_err(|error| Error::internal("a stored document can't be read").with_source(error))
}

/// The document of a tree that was changed.
pub(super) fn written(json: &Json<'_>) -> Result<Document> {
    let text = json.to_text();
    if text.len() > limits::DOCUMENT_BYTES {
        return Err(too_large(text.len()));
    }
    Ok(Document::trusted(Bytes::from(text)))
}

/// The error of a change that makes a document too large.
fn too_large(bytes: usize) -> Error {
    Error::too_large("the changed document", limits::DOCUMENT_BYTES, bytes)
}
