//! The vocabulary of batches and transactions: `get put patch delete increment check`, read from their JSON.
//!
//! Two kinds of fault are kept apart. What breaks the grammar (an unknown member, a wrong type) fails the whole
//! request; what is wrong with one value (a bad key, tag or ttl, a patch that is none) is that operation's own.

use bytes::Bytes;

use crate::api::headers::conditions;
use crate::domain::{
    Access, Condition, Document, Error, Fault, Increments, Key, Kind, Patch, PatchFormat, Place, Result,
    Tags, Ttl, limits,
};

use super::members::Members;

/// What an operation asks for.
#[derive(Debug)]
pub(super) enum Wanted {
    Get,
    Check(Condition),
    Put { document: Document, condition: Condition, ttl: Option<Ttl> },
    Patch { patch: Patch, condition: Condition, ttl: Option<Ttl> },
    Increment { increments: Increments, condition: Condition, ttl: Option<Ttl> },
    Delete { condition: Condition },
}

/// One operation.
#[derive(Debug)]
pub(super) struct Parsed {
    /// Where it is said; none in a batch, whose collection is in its path.
    pub(super) collection: Option<String>,
    /// The key as it was said.
    pub(super) said_key: String,
    /// What it does there.
    pub(super) access: Access,
    /// The key, or what is wrong with it.
    pub(super) key: Result<Key>,
    /// What is to be done, or what is wrong with that alone.
    pub(super) wanted: Result<Wanted>,
}

/// In which request operations stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Batch,
    Transaction,
}

impl Dialect {
    fn words(self) -> &'static str {
        match self {
            Dialect::Batch => "get, put, patch, delete, increment and check",
            Dialect::Transaction => "get, put, delete, increment and check",
        }
    }
}

/// Reads one operation. None where its grammar is broken; the faults are kept by `members`.
pub(super) fn read(members: &mut Members<'_>, dialect: Dialect) -> Option<Parsed> {
    let op = members.text("op")?;
    let key = members.text("key");
    let collection = match dialect {
        Dialect::Batch => Some(None),
        Dialect::Transaction => members.text("collection").map(Some),
    };
    let wanted = match op.as_str() {
        "get" => Some(Ok(Wanted::Get)),
        "check" => check(members),
        "put" => put(members),
        "patch" if dialect == Dialect::Batch => patch(members),
        "increment" => increment(members),
        "delete" => condition(members).map(|own| own.map(|condition| Wanted::Delete { condition })),
        _ => {
            let detail = format!("`{op}` is no operation here; those are {}", dialect.words());
            members.fault("op", detail);
            return None;
        }
    };
    members.refuse_unread();
    let (key, collection, wanted) = (key?, collection?, wanted?);
    let place = Place::Pointer(members.pointer("key"));
    // A check tells whether a condition holds, and so what is there.
    let access = if matches!(op.as_str(), "get" | "check") { Access::Read } else { Access::Write };
    Some(Parsed { collection, key: Key::parse(&key, place), said_key: key, access, wanted })
}

/// A value that is there, and good or bad on its own account; none where the grammar is broken.
type Own<T> = Option<Result<T>>;

fn check(members: &mut Members<'_>) -> Own<Wanted> {
    let condition = condition(members)?;
    if matches!(&condition, Ok(condition) if condition.is_none()) {
        members.fault_of_all("a check needs if_match or if_none_match");
        return None;
    }
    Some(condition.map(Wanted::Check))
}

fn put(members: &mut Members<'_>) -> Own<Wanted> {
    let value = members.value("value");
    let (condition, ttl) = (condition(members), ttl(members));
    let document = value?.document(&members.pointer("value"));
    // Text that is no JSON makes the whole request unreadable, wherever it stands.
    let document = match document {
        Err(error) if error.kind() == Kind::MalformedJson => {
            members.unreadable(error);
            return None;
        }
        document => document,
    };
    let (condition, ttl) = (condition?, ttl?);
    Some(document.and_then(|document| Ok(Wanted::Put { document, condition: condition?, ttl: ttl? })))
}

fn patch(members: &mut Members<'_>) -> Own<Wanted> {
    let merge = members.optional_raw("merge");
    let json = members.optional_raw("json_patch");
    let (condition, ttl) = (condition(members), ttl(members));
    let (format, text, name) = match (merge, json) {
        (Some(text), None) => (PatchFormat::Merge, text, "merge"),
        (None, Some(text)) if !text.starts_with(b"[") => {
            members.fault("json_patch", "json_patch is an array");
            return None;
        }
        (None, Some(text)) => (PatchFormat::Json, text, "json_patch"),
        _ => {
            members.fault_of_all("a patch has either merge or json_patch");
            return None;
        }
    };
    let patch = sized(text, "the patch")
        .and_then(|text| Patch::parse(format, text))
        .map_err(|error| within(error, &members.pointer(name)));
    let (condition, ttl) = (condition?, ttl?);
    Some(patch.and_then(|patch| Ok(Wanted::Patch { patch, condition: condition?, ttl: ttl? })))
}

fn increment(members: &mut Members<'_>) -> Own<Wanted> {
    let by = members.object("by");
    let (condition, ttl) = (condition(members), ttl(members));
    let increments = sized(by?, "the increment")
        .and_then(Increments::parse)
        .map_err(|error| within(error, &members.pointer("by")));
    let (condition, ttl) = (condition?, ttl?);
    Some(
        increments
            .and_then(|increments| Ok(Wanted::Increment { increments, condition: condition?, ttl: ttl? })),
    )
}

/// A text that would be the body of a single request, if it may be as large there.
fn sized(text: Bytes, what: &str) -> Result<Bytes> {
    match text.len() {
        bytes if bytes > limits::ITEM_BODY_BYTES => {
            let error = Error::too_large(what, limits::ITEM_BODY_BYTES, bytes);
            Err(error.pointing(Place::Pointer(String::new())))
        }
        _ => Ok(text),
    }
}

/// An error in a text that stands at a place of the body: its pointers begin there.
fn within(error: Error, at: &str) -> Error {
    let moved = |fault: &Fault| match &fault.place {
        Place::Pointer(pointer) => {
            Fault { place: Place::Pointer(format!("{at}{pointer}")), detail: fault.detail.clone() }
        }
        Place::Parameter(_) | Place::Header(_) => fault.clone(),
    };
    let faults = error.faults().iter().map(moved).collect();
    error.with_faults(faults)
}

fn condition(members: &mut Members<'_>) -> Own<Condition> {
    let if_match = tags(members, "if_match");
    let if_none_match = tags(members, "if_none_match");
    let (if_match, if_none_match) = (if_match?, if_none_match?);
    Some(if_match.and_then(|if_match| {
        Ok(Condition { if_match, if_none_match: if_none_match?, ..Condition::default() })
    }))
}

fn tags(members: &mut Members<'_>, name: &'static str) -> Own<Option<Tags>> {
    let Some(text) = members.optional_text(name)? else { return Some(Ok(None)) };
    let place = Place::Pointer(members.pointer(name));
    let tags = conditions::parse_tags(&text);
    Some(tags.map(Some).map_err(|detail| Error::at(Kind::InvalidOperation, place, detail)))
}

fn ttl(members: &mut Members<'_>) -> Own<Option<Ttl>> {
    let Some(text) = members.optional_lifetime("ttl")? else { return Some(Ok(None)) };
    let detail = "a ttl is a whole number of seconds from 1 to 315360000, or \"never\"";
    Some(match Ttl::parse(&text) {
        Some(ttl) => Ok(Some(ttl)),
        None => Err(Error::at(Kind::InvalidOperation, Place::Pointer(members.pointer("ttl")), detail)),
    })
}
