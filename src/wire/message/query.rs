//! Reads of items, and lists.

use crate::domain::{After, CollectionName, KeyPrefix, KeyRange, ListQuery, Read};
use crate::wire::Malformed;

use super::item::AfterPart;
use super::parts::{TargetPart, VersionPart, consistency, is_eventual, needed};

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ReadPart {
    #[prost(message, optional, tag = "1")]
    target: Option<TargetPart>,
    #[prost(bool, tag = "2")]
    eventual: bool,
    #[prost(message, optional, tag = "3")]
    min_version: Option<VersionPart>,
    #[prost(bool, tag = "4")]
    without_document: bool,
}

impl From<&Read> for ReadPart {
    fn from(read: &Read) -> Self {
        ReadPart {
            target: Some((&read.target).into()),
            eventual: is_eventual(read.consistency),
            min_version: read.min_version.map(VersionPart::from),
            without_document: !read.want_document,
        }
    }
}

impl TryFrom<ReadPart> for Read {
    type Error = Malformed;
    fn try_from(part: ReadPart) -> Result<Self, Malformed> {
        Ok(Read {
            target: needed(part.target, "the target of a read")?.try_into()?,
            consistency: consistency(part.eventual),
            min_version: part.min_version.map(Into::into),
            want_document: !part.without_document,
        })
    }
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ListPart {
    #[prost(string, tag = "1")]
    collection: String,
    #[prost(string, tag = "2")]
    prefix: String,
    #[prost(string, optional, tag = "3")]
    start: Option<String>,
    #[prost(string, optional, tag = "4")]
    end: Option<String>,
    #[prost(bool, tag = "5")]
    reverse: bool,
    #[prost(uint32, tag = "6")]
    limit: u32,
    #[prost(message, optional, tag = "7")]
    after: Option<AfterPart>,
    #[prost(string, optional, tag = "8")]
    delimiter: Option<String>,
    #[prost(bool, tag = "9")]
    values: bool,
    #[prost(bool, tag = "10")]
    eventual: bool,
}

impl From<&ListQuery> for ListPart {
    fn from(query: &ListQuery) -> Self {
        let text = |bound: &KeyPrefix| bound.as_str().to_owned();
        ListPart {
            collection: query.collection.as_str().into(),
            prefix: text(&query.range.prefix),
            start: query.range.start.as_ref().map(text),
            end: query.range.end.as_ref().map(text),
            reverse: query.reverse,
            limit: u32::from(query.limit),
            after: query.after.as_ref().map(AfterPart::from),
            delimiter: query.delimiter.as_deref().map(str::to_owned),
            values: query.values,
            eventual: is_eventual(query.consistency),
        }
    }
}

impl TryFrom<ListPart> for ListQuery {
    type Error = Malformed;
    fn try_from(part: ListPart) -> Result<Self, Malformed> {
        let bound = |text: Option<String>, name| text.map(|text| KeyPrefix::parse(&text, name)).transpose();
        Ok(ListQuery {
            collection: CollectionName::parse(&part.collection)?,
            range: KeyRange {
                prefix: KeyPrefix::parse(&part.prefix, "prefix")?,
                start: bound(part.start, "start")?,
                end: bound(part.end, "end")?,
            },
            reverse: part.reverse,
            limit: limit(part.limit)?,
            after: part.after.map(After::try_from).transpose()?,
            delimiter: part.delimiter.map(String::into_boxed_str),
            values: part.values,
            consistency: consistency(part.eventual),
        })
    }
}

/// A number of entries.
pub(super) fn limit(number: u32) -> Result<u16, Malformed> {
    needed(u16::try_from(number).ok(), "an allowed limit")
}
