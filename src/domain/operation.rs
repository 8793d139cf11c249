//! Operations on one item.

use super::condition::Condition;
use super::context::Attempt;
use super::increment::Increments;
use super::item::{Document, Item};
use super::key::Target;
use super::patch::Patch;
use super::settings::Collection;
use super::time::{Timestamp, Ttl};
use super::version::{Token, Version, WriteId};

/// How recent a read has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consistency {
    /// Sees every write that was acknowledged before.
    #[default]
    Strong,
    /// May be a little behind, at half the price.
    Eventual,
}

/// Asks for one item.
#[derive(Clone, Debug)]
pub struct Read {
    /// Which.
    pub target: Target,
    /// How recent.
    pub consistency: Consistency,
    /// Reads eventually first, and strongly once more where that is absent or older than this.
    pub min_version: Option<Version>,
    /// Whether the answer has the document; else `null` stands for it.
    pub want_document: bool,
}

/// What a write does.
#[derive(Clone, Debug)]
pub enum Action {
    /// Stores the document, whatever was there.
    Put(Document),
    /// Changes the document that is there; `no-such-item` where there is none.
    Patch(Patch),
    /// Adds to numbers; may create the item.
    Increment(Increments),
    /// Removes the item; `no-such-item` where there is none.
    Delete,
}

/// Asks for a change of one item.
#[derive(Clone, Debug)]
pub struct Write {
    /// Which.
    pub target: Target,
    /// The change.
    pub action: Action,
    /// Under which condition.
    pub condition: Condition,
    /// Whether it may come without one where its collection demands one: a line of an import, which can't have any.
    pub exempt: bool,
    /// The lifetime from now. None means: for what is created (and every put) the collection's default, else
    /// what it was.
    pub ttl: Option<Ttl>,
    /// The name of this write.
    pub write_id: WriteId,
    /// Whether `write_id` comes from an `Idempotency-Key`.
    pub keyed: bool,
    /// The key of an increment, remembered for ten minutes.
    pub token: Option<Token>,
    /// Whether it may have been tried before.
    pub attempt: Attempt,
    /// Whether the answer is to hold the document: the new one, or the one in the way.
    pub want_document: bool,
}

/// What a write did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Whether nothing was there before.
    pub created: bool,
    /// The version that it made; none where it deleted.
    pub version: Option<Version>,
    /// When the item ends.
    pub expires: Option<Timestamp>,
    /// The new document, where it was wanted.
    pub document: Option<Document>,
}

impl Written {
    /// What a write that left this item behind did.
    pub fn item(item: &Item, created: bool, want_document: bool) -> Self {
        let document = want_document.then(|| item.document.clone());
        Written { created, version: Some(item.version), expires: item.expires, document }
    }

    /// What a write that left these settings behind did.
    pub fn settings(collection: &Collection) -> Self {
        let Collection { created, version, .. } = *collection;
        Written { created, version: Some(version), expires: None, document: None }
    }

    /// What a delete did.
    pub const DELETED: Written = Written { created: false, version: None, expires: None, document: None };
}
