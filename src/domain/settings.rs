//! Collections and their settings.

use bytes::Bytes;

use super::condition::Condition;
use super::key::CollectionName;
use super::version::{Version, WriteId};

/// What holds for all items of a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Seconds that a new item lives, where its write does not say.
    pub default_ttl: Option<u64>,
    /// The text of the JSON Schema that every written document must satisfy.
    pub schema: Option<Bytes>,
    /// Whether PUT, PATCH and DELETE must come with a condition.
    pub require_preconditions: bool,
    /// Over how many partitions the keys are spread; fixed when the collection is made.
    pub shards: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { default_ttl: None, schema: None, require_preconditions: false, shards: 1 }
    }
}

/// A collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// Its name.
    pub name: CollectionName,
    /// Its settings.
    pub settings: Settings,
    /// The version of its settings.
    pub version: Version,
    /// Whether the write of this version made the collection.
    pub created: bool,
}

impl Collection {
    /// Bytes of what callers chose of it, by which pages are bounded.
    pub fn bytes(&self) -> usize {
        self.name.as_str().len() + self.settings.schema.as_ref().map_or(0, bytes::Bytes::len)
    }
}

/// Asks to make a collection, or to replace its settings.
#[derive(Clone, Debug)]
pub struct PutCollection {
    /// Which.
    pub name: CollectionName,
    /// Seconds of the default lifetime.
    pub default_ttl: Option<u64>,
    /// The text of the schema, which is known to be one.
    pub schema: Option<Bytes>,
    /// Whether writes must be conditional.
    pub require_preconditions: bool,
    /// None keeps what is there, or means 1.
    pub shards: Option<u16>,
    /// Under which condition.
    pub condition: Condition,
    /// The name of this write.
    pub write_id: WriteId,
    /// Whether it may have been tried before.
    pub attempt: super::context::Attempt,
}

/// Asks for a page of the collections.
#[derive(Clone, Debug)]
pub struct CollectionQuery {
    /// How many at most.
    pub limit: u16,
    /// The last name of the page before.
    pub after: Option<CollectionName>,
}

/// A page of collections, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CollectionPage {
    /// The collections.
    pub collections: Vec<Collection>,
    /// Where the next page begins; none at the end.
    pub next: Option<CollectionName>,
}
