//! An item: a document, its version, and when it ends.

use bytes::Bytes;

use super::error::{Error, Result};
use super::json;
use super::limits;
use super::time::Timestamp;
use super::version::Version;

/// A JSON text, exactly as its owner wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document(Bytes);

impl Document {
    /// Takes a text that must be one JSON value: UTF-8 without byte order mark, no duplicate member names, no
    /// lone surrogates, at most 64 containers deep, at most 390 KiB.
    ///
    /// # Errors
    /// `malformed-json` or `too-large`.
    pub fn parse(text: Bytes) -> Result<Self> {
        if text.len() > limits::DOCUMENT_BYTES {
            return Err(Error::too_large("the document", limits::DOCUMENT_BYTES, text.len()));
        }
        json::check(&text)?;
        Ok(Document(text))
    }

    /// Takes a text that was a document before it was stored or sent.
    pub fn trusted(text: Bytes) -> Self {
        Document(text)
    }

    /// The text.
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// The text.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

/// What lies under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The document; empty where only keys were asked for.
    pub document: Document,
    /// Which version of the item this is.
    pub version: Version,
    /// From when on it is absent.
    pub expires: Option<Timestamp>,
}

impl Item {
    /// Whether it is to be treated as absent.
    pub fn expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|end| end.has_come(now))
    }
}
