//! Lists: which keys, and one page of them.

use super::item::Item;
use super::key::{CollectionName, Key, KeyRange};
use super::operation::Consistency;

/// The point in a walk behind which the next page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// This key was the last one.
    Key(Box<str>),
    /// This common prefix was the last entry; everything under it is done.
    Prefix(Box<str>),
}

/// Asks for a page of a collection.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Which collection.
    pub collection: CollectionName,
    /// Which keys.
    pub range: KeyRange,
    /// From the greatest key down.
    pub reverse: bool,
    /// Entries and common prefixes at most.
    pub limit: u16,
    /// Where the page before ended.
    pub after: Option<After>,
    /// Folds keys that have this text behind the prefix into one common prefix.
    pub delimiter: Option<Box<str>>,
    /// Whether entries come with their documents.
    pub values: bool,
    /// How recent.
    pub consistency: Consistency,
}

/// One item of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its key.
    pub key: Key,
    /// The item; its document is empty where only keys were asked for.
    pub item: Item,
}

/// A page: may be short, or even empty, and still have a next one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Items in the order of their keys.
    pub entries: Vec<Entry>,
    /// Common prefixes in order, each ending in the delimiter.
    pub prefixes: Vec<Box<str>>,
    /// Where the next page begins; none at the end, and only there.
    pub next: Option<After>,
}
