//! Writes of items and of settings.

use crate::domain::{
    Action, CollectionName, Document, Increments, Patch, PatchFormat, PutCollection, Ttl, Write, WriteId,
};
use crate::wire::Malformed;
use crate::wire::documents::{Collector, Documents};

use super::condition::ConditionPart;
use super::item::shards;
use super::parts::{TargetPart, TokenPart, TtlPart, attempt, attempt_code, needed};

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct WritePart {
    #[prost(message, optional, tag = "1")]
    target: Option<TargetPart>,
    #[prost(oneof = "ActionPart", tags = "2, 3, 4, 5, 6")]
    action: Option<ActionPart>,
    #[prost(message, optional, tag = "7")]
    condition: Option<ConditionPart>,
    #[prost(message, optional, tag = "8")]
    ttl: Option<TtlPart>,
    #[prost(fixed64, tag = "9")]
    write_id: u64,
    #[prost(bool, tag = "10")]
    keyed: bool,
    #[prost(message, optional, tag = "11")]
    token: Option<TokenPart>,
    #[prost(uint32, tag = "12")]
    pub(super) attempt: u32,
    #[prost(bool, tag = "13")]
    want_document: bool,
    #[prost(bool, tag = "14")]
    exempt: bool,
}

/// With the length of what is given: a document, or the text of a patch or of increments.
#[derive(Clone, Copy, PartialEq, prost::Oneof)]
enum ActionPart {
    #[prost(uint32, tag = "2")]
    Put(u32),
    #[prost(uint32, tag = "3")]
    MergePatch(u32),
    #[prost(uint32, tag = "4")]
    JsonPatch(u32),
    #[prost(uint32, tag = "5")]
    Increment(u32),
    #[prost(bool, tag = "6")]
    Delete(bool),
}

impl WritePart {
    pub(super) fn new(write: &Write, documents: &mut Collector) -> WritePart {
        let action = match &write.action {
            Action::Put(document) => ActionPart::Put(documents.add(document.bytes())),
            Action::Patch(patch) => match patch.format() {
                PatchFormat::Merge => ActionPart::MergePatch(documents.add(patch.text())),
                PatchFormat::Json => ActionPart::JsonPatch(documents.add(patch.text())),
            },
            Action::Increment(increments) => ActionPart::Increment(documents.add(increments.text())),
            Action::Delete => ActionPart::Delete(true),
        };
        WritePart {
            target: Some((&write.target).into()),
            action: Some(action),
            condition: ConditionPart::of(&write.condition),
            ttl: write.ttl.map(TtlPart::from),
            write_id: write.write_id.bits(),
            keyed: write.keyed,
            token: write.token.map(TokenPart::from),
            attempt: attempt_code(write.attempt),
            want_document: write.want_document,
            exempt: write.exempt,
        }
    }

    pub(super) fn write(self, documents: &mut Documents) -> Result<Write, Malformed> {
        let action = match needed(self.action, "an action that this version knows")? {
            ActionPart::Put(bytes) => Action::Put(Document::trusted(documents.take(bytes)?)),
            ActionPart::MergePatch(bytes) => {
                Action::Patch(Patch::parse(PatchFormat::Merge, documents.take(bytes)?)?)
            }
            ActionPart::JsonPatch(bytes) => {
                Action::Patch(Patch::parse(PatchFormat::Json, documents.take(bytes)?)?)
            }
            ActionPart::Increment(bytes) => Action::Increment(Increments::parse(documents.take(bytes)?)?),
            ActionPart::Delete(_) => Action::Delete,
        };
        Ok(Write {
            target: needed(self.target, "the target of a write")?.try_into()?,
            action,
            condition: ConditionPart::condition(self.condition),
            ttl: self.ttl.map(Ttl::try_from).transpose()?,
            write_id: WriteId::from_bits(self.write_id),
            keyed: self.keyed,
            token: self.token.map(TryInto::try_into).transpose()?,
            attempt: attempt(self.attempt),
            want_document: self.want_document,
            exempt: self.exempt,
        })
    }
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct PutCollectionPart {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(uint64, optional, tag = "2")]
    default_ttl_seconds: Option<u64>,
    #[prost(uint32, optional, tag = "3")]
    schema: Option<u32>,
    #[prost(bool, tag = "4")]
    require_preconditions: bool,
    #[prost(uint32, optional, tag = "5")]
    shards: Option<u32>,
    #[prost(message, optional, tag = "6")]
    condition: Option<ConditionPart>,
    #[prost(fixed64, tag = "7")]
    write_id: u64,
    #[prost(uint32, tag = "8")]
    pub(super) attempt: u32,
}

impl PutCollectionPart {
    pub(super) fn new(put: &PutCollection, documents: &mut Collector) -> PutCollectionPart {
        PutCollectionPart {
            name: put.name.as_str().into(),
            default_ttl_seconds: put.default_ttl,
            schema: put.schema.as_ref().map(|schema| documents.add(schema)),
            require_preconditions: put.require_preconditions,
            shards: put.shards.map(u32::from),
            condition: ConditionPart::of(&put.condition),
            write_id: put.write_id.bits(),
            attempt: attempt_code(put.attempt),
        }
    }

    pub(super) fn put(self, documents: &mut Documents) -> Result<PutCollection, Malformed> {
        let condition = ConditionPart::condition(self.condition);
        Ok(PutCollection {
            name: CollectionName::parse(&self.name)?,
            default_ttl: self.default_ttl_seconds,
            schema: self.schema.map(|bytes| documents.take(bytes)).transpose()?,
            require_preconditions: self.require_preconditions,
            shards: self.shards.map(shards).transpose()?,
            condition,
            write_id: WriteId::from_bits(self.write_id),
            attempt: attempt(self.attempt),
        })
    }
}
