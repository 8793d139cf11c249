//! Items, what writes did, collections and pages.

use crate::domain::{
    After, Collection, CollectionName, Document, Entry, Item, Page, Settings, Timestamp, Written,
};
use crate::wire::Malformed;
use crate::wire::documents::{Collector, Documents};

use super::parts::{VersionPart, key, needed};

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct ItemPart {
    #[prost(message, optional, tag = "1")]
    version: Option<VersionPart>,
    #[prost(uint64, optional, tag = "2")]
    expires_micros: Option<u64>,
    #[prost(uint32, tag = "3")]
    document: u32,
}

impl ItemPart {
    pub(super) fn new(item: &Item, documents: &mut Collector) -> ItemPart {
        ItemPart {
            version: Some(item.version.into()),
            expires_micros: item.expires.map(Timestamp::micros),
            document: documents.add(item.document.bytes()),
        }
    }

    pub(super) fn item(self, documents: &mut Documents) -> Result<Item, Malformed> {
        Ok(Item {
            document: Document::trusted(documents.take(self.document)?),
            version: needed(self.version, "the version of an item")?.into(),
            expires: self.expires_micros.map(Timestamp::from_micros),
        })
    }
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct WrittenPart {
    #[prost(bool, tag = "1")]
    created: bool,
    #[prost(message, optional, tag = "2")]
    version: Option<VersionPart>,
    #[prost(uint64, optional, tag = "3")]
    expires_micros: Option<u64>,
    #[prost(uint32, optional, tag = "4")]
    document: Option<u32>,
}

impl WrittenPart {
    pub(super) fn new(written: &Written, documents: &mut Collector) -> WrittenPart {
        WrittenPart {
            created: written.created,
            version: written.version.map(VersionPart::from),
            expires_micros: written.expires.map(Timestamp::micros),
            document: written.document.as_ref().map(|document| documents.add(document.bytes())),
        }
    }

    pub(super) fn written(self, documents: &mut Documents) -> Result<Written, Malformed> {
        Ok(Written {
            created: self.created,
            version: self.version.map(Into::into),
            expires: self.expires_micros.map(Timestamp::from_micros),
            document: self.document.map(|bytes| documents.take(bytes)).transpose()?.map(Document::trusted),
        })
    }
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct CollectionPart {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    version: Option<VersionPart>,
    #[prost(uint64, optional, tag = "3")]
    default_ttl_seconds: Option<u64>,
    #[prost(uint32, optional, tag = "4")]
    schema: Option<u32>,
    #[prost(bool, tag = "5")]
    require_preconditions: bool,
    #[prost(uint32, tag = "6")]
    shards: u32,
    #[prost(bool, tag = "7")]
    created: bool,
}

impl CollectionPart {
    pub(super) fn new(collection: &Collection, documents: &mut Collector) -> CollectionPart {
        let Settings { default_ttl, schema, require_preconditions, shards } = &collection.settings;
        CollectionPart {
            name: collection.name.as_str().into(),
            version: Some(collection.version.into()),
            default_ttl_seconds: *default_ttl,
            schema: schema.as_ref().map(|schema| documents.add(schema)),
            require_preconditions: *require_preconditions,
            shards: u32::from(*shards),
            created: collection.created,
        }
    }

    pub(super) fn collection(self, documents: &mut Documents) -> Result<Collection, Malformed> {
        let settings = Settings {
            default_ttl: self.default_ttl_seconds,
            schema: self.schema.map(|bytes| documents.take(bytes)).transpose()?,
            require_preconditions: self.require_preconditions,
            shards: shards(self.shards)?,
        };
        let version = needed(self.version, "the version of a collection")?.into();
        Ok(Collection { name: CollectionName::parse(&self.name)?, settings, version, created: self.created })
    }
}

/// A number of shards.
pub(super) fn shards(number: u32) -> Result<u16, Malformed> {
    needed(u16::try_from(number).ok(), "an allowed number of shards")
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct PagePart {
    #[prost(message, repeated, tag = "1")]
    entries: Vec<EntryPart>,
    #[prost(string, repeated, tag = "2")]
    prefixes: Vec<String>,
    #[prost(message, optional, tag = "3")]
    next: Option<AfterPart>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct EntryPart {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    item: Option<ItemPart>,
}

impl PagePart {
    pub(super) fn new(page: &Page, documents: &mut Collector) -> PagePart {
        let entry = |entry: &Entry| EntryPart {
            key: entry.key.as_str().into(),
            item: Some(ItemPart::new(&entry.item, documents)),
        };
        PagePart {
            entries: page.entries.iter().map(entry).collect(),
            prefixes: page.prefixes.iter().map(|prefix| prefix.as_ref().to_owned()).collect(),
            next: page.next.as_ref().map(AfterPart::from),
        }
    }

    pub(super) fn page(self, documents: &mut Documents) -> Result<Page, Malformed> {
        let entry = |part: EntryPart| {
            let item = needed(part.item, "the item of an entry")?.item(documents)?;
            Ok(Entry { key: key(&part.key)?, item })
        };
        Ok(Page {
            entries: self.entries.into_iter().map(entry).collect::<Result<_, Malformed>>()?,
            prefixes: self.prefixes.into_iter().map(String::into_boxed_str).collect(),
            next: self.next.map(After::try_from).transpose()?,
        })
    }
}

/// Where a page of a list ends.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct AfterPart {
    #[prost(oneof = "AfterKind", tags = "1, 2")]
    kind: Option<AfterKind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum AfterKind {
    #[prost(string, tag = "1")]
    Key(String),
    #[prost(string, tag = "2")]
    Prefix(String),
}

impl From<&After> for AfterPart {
    fn from(after: &After) -> Self {
        let kind = match after {
            After::Key(key) => AfterKind::Key(key.to_string()),
            After::Prefix(prefix) => AfterKind::Prefix(prefix.to_string()),
        };
        AfterPart { kind: Some(kind) }
    }
}

impl TryFrom<AfterPart> for After {
    type Error = Malformed;
    fn try_from(part: AfterPart) -> Result<Self, Malformed> {
        Ok(match needed(part.kind, "where a page ends")? {
            AfterKind::Key(key) => After::Key(key.into()),
            AfterKind::Prefix(prefix) => After::Prefix(prefix.into()),
        })
    }
}
