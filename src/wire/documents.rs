//! The documents of a message, beside its meta part: put together without a copy, taken apart without a copy.

use bytes::Bytes;

use super::malformed::Malformed;

/// A message on its way out.
#[derive(Clone, Debug)]
pub struct Outgoing<M> {
    /// What is said, with the length of each document.
    pub meta: M,
    /// The documents, in the order in which the meta part speaks of them.
    pub documents: Vec<Bytes>,
}

/// Collects documents.
#[derive(Debug, Default)]
pub(super) struct Collector(Vec<Bytes>);

impl Collector {
    /// Adds one; its length is for the meta part.
    pub(super) fn add(&mut self, document: &Bytes) -> u32 {
        self.0.push(document.clone());
        // No message is that large: the queue bounds it far below.
        u32::try_from(document.len()).unwrap_or(u32::MAX)
    }

    /// The message of these documents.
    pub(super) fn with<M>(self, meta: M) -> Outgoing<M> {
        Outgoing { meta, documents: self.0 }
    }
}

/// The body of a message that came in.
#[derive(Debug)]
pub struct Documents(Bytes);

impl Documents {
    /// A body.
    pub fn new(body: Bytes) -> Self {
        Documents(body)
    }

    /// Takes the next document.
    pub(super) fn take(&mut self, bytes: u32) -> Result<Bytes, Malformed> {
        let bytes = bytes as usize;
        if bytes > self.0.len() {
            return Err(Malformed::new(format!(
                "a document of {bytes} bytes, where {} are left",
                self.0.len()
            )));
        }
        Ok(self.0.split_to(bytes))
    }
}
