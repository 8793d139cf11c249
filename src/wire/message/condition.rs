//! Conditions of reads and writes.

use crate::domain::{Condition, Tag, Tags, Timestamp};

use super::parts::VersionPart;

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ConditionPart {
    #[prost(message, optional, tag = "1")]
    if_match: Option<TagsPart>,
    #[prost(message, optional, tag = "2")]
    if_none_match: Option<TagsPart>,
    #[prost(uint64, optional, tag = "3")]
    if_unmodified_since_micros: Option<u64>,
    #[prost(uint64, optional, tag = "4")]
    if_modified_since_micros: Option<u64>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct TagsPart {
    /// Beside this, `list` is empty.
    #[prost(bool, tag = "1")]
    any: bool,
    #[prost(message, repeated, tag = "2")]
    list: Vec<TagPart>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct TagPart {
    #[prost(message, optional, tag = "1")]
    version: Option<VersionPart>,
    #[prost(bool, tag = "2")]
    weak: bool,
}

impl ConditionPart {
    /// None where nothing is demanded, which takes no room.
    pub(super) fn of(condition: &Condition) -> Option<ConditionPart> {
        (!condition.is_none()).then(|| ConditionPart {
            if_match: condition.if_match.as_ref().map(TagsPart::from),
            if_none_match: condition.if_none_match.as_ref().map(TagsPart::from),
            if_unmodified_since_micros: condition.if_unmodified_since.map(Timestamp::micros),
            if_modified_since_micros: condition.if_modified_since.map(Timestamp::micros),
        })
    }

    pub(super) fn condition(part: Option<ConditionPart>) -> Condition {
        part.map(Condition::from).unwrap_or_default()
    }
}

impl From<ConditionPart> for Condition {
    fn from(part: ConditionPart) -> Self {
        Condition {
            if_match: part.if_match.map(Tags::from),
            if_none_match: part.if_none_match.map(Tags::from),
            if_unmodified_since: part.if_unmodified_since_micros.map(Timestamp::from_micros),
            if_modified_since: part.if_modified_since_micros.map(Timestamp::from_micros),
        }
    }
}

impl From<&Tags> for TagsPart {
    fn from(tags: &Tags) -> Self {
        let tag = |tag: &Tag| TagPart { version: tag.version.map(VersionPart::from), weak: tag.weak };
        match tags {
            Tags::Any => TagsPart { any: true, list: Vec::new() },
            Tags::List(tags) => TagsPart { any: false, list: tags.iter().map(tag).collect() },
        }
    }
}

impl From<TagsPart> for Tags {
    fn from(part: TagsPart) -> Self {
        let tag = |part: TagPart| Tag { version: part.version.map(Into::into), weak: part.weak };
        if part.any { Tags::Any } else { Tags::List(part.list.into_iter().map(tag).collect()) }
    }
}
