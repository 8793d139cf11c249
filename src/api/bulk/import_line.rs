//! One line of an import: `put` or `delete`, as an export writes them.

use bytes::Bytes;

use crate::api::json::parse_rfc3339;
use crate::domain::{
    Action, Condition, Error, Key, Kind, Place, RawJson, Result, Tags, Timestamp, Ttl, limits,
};

use super::members::Members;

/// Seconds by which the clock of a store may be ahead, so that what has ten years left there goes back in.
const CLOCKS_APART: u64 = 3600;

/// What a line asks for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) key: Key,
    pub(super) action: Action,
    pub(super) condition: Condition,
    pub(super) ttl: Option<Ttl>,
}

impl Asked {
    /// Whether it puts what has ended.
    pub(super) fn has_ended(&self, now: Timestamp) -> bool {
        matches!(self.ttl, Some(Ttl::Until(end)) if end.has_come(now))
    }
}

/// Reads a line.
///
/// # Errors
/// `malformed-json`, `invalid-key`, `too-large`, and `invalid-operation` for everything else that is wrong.
pub(super) fn read(line: &Bytes, now: Timestamp) -> Result<Asked> {
    let whole = RawJson::envelope(line)?;
    let mut members =
        Members::of(whole, String::new()).ok_or_else(|| no_operation("a line is a JSON object"))?;
    let asked = asked(&mut members, now);
    members.refuse_unread();
    let faults = members.into_faults()?;
    match (asked, faults.first()) {
        (Some(asked), None) => asked,
        (_, Some(fault)) => {
            let detail = fault.detail.clone();
            Err(Error::new(Kind::InvalidOperation, detail).with_faults(faults))
        }
        (None, None) => Err(no_operation("a line is a put or a delete")),
    }
}

fn asked(members: &mut Members<'_>, now: Timestamp) -> Option<Result<Asked>> {
    let op = members.text("op")?;
    let key = members.text("key")?;
    let key = Key::parse(&key, Place::Pointer(members.pointer("key")));
    let if_none_match = members.optional_text("if_none_match")?;
    let condition = match if_none_match.as_deref() {
        None => Condition::default(),
        Some("*") => Condition { if_none_match: Some(Tags::Any), ..Condition::default() },
        Some(_) => {
            members.fault("if_none_match", "an import knows only `*`");
            return None;
        }
    };
    // An export tells the tag; what is imported gets one of its own.
    members.optional_text("etag")?;
    let (action, ttl) = match op.as_str() {
        "put" => {
            let value = members.value("value");
            let ttl = lifetime(members, now)?;
            (value?.document("/value").map(Action::Put), ttl)
        }
        "delete" => (Ok(Action::Delete), Ok(None)),
        _ => {
            members.fault("op", format!("`{op}` is no operation here; those are put and delete"));
            return None;
        }
    };
    Some(key.and_then(|key| Ok(Asked { key, action: action?, condition, ttl: ttl? })))
}

/// `ttl` counts from now, `expires` is a point in time; a line has at most one of them.
fn lifetime(members: &mut Members<'_>, now: Timestamp) -> Option<Result<Option<Ttl>>> {
    let ttl = members.optional_lifetime("ttl")?;
    let expires = members.optional_text("expires")?;
    let wrong = |name: &str, detail: &str| {
        Err(Error::at(Kind::InvalidOperation, Place::Pointer(format!("/{name}")), detail))
    };
    Some(match (ttl, expires) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => wrong("expires", "a line has either ttl or expires"),
        (Some(ttl), None) => match Ttl::parse(&ttl) {
            Some(ttl) => Ok(Some(ttl)),
            None => wrong("ttl", "a ttl is a whole number of seconds from 1 to 315360000, or \"never\""),
        },
        (None, Some(expires)) => match parse_rfc3339(&expires) {
            Some(end) if end > now.expiry(limits::TTL_SECONDS + CLOCKS_APART) => {
                wrong("expires", "expires is at most 315360000 seconds, which are ten years, from now")
            }
            Some(end) => Ok(Some(Ttl::Until(end))),
            None => wrong("expires", "expires is a point in time like 2026-11-24T02:09:21.000Z"),
        },
    })
}

fn no_operation(detail: &'static str) -> Error {
    Error::at(Kind::InvalidOperation, Place::Pointer(String::new()), detail)
}
