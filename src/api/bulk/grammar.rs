//! The body of a batch or a transaction: `{"ops":[…]}`.

use std::collections::HashMap;

use bytes::Bytes;

use crate::domain::{Error, Fault, Kind, Place, RawJson, Result, limits};

use super::members::Members;
use super::operation::{self, Dialect, Parsed};

/// Reads all operations, or says everything that is wrong with them.
///
/// # Errors
/// `malformed-json` where it can't be read, `invalid-operation` with a pointer to each fault of grammar.
pub(super) fn parse(body: &Bytes, dialect: Dialect) -> Result<Vec<Parsed>> {
    let whole = RawJson::envelope(body)?;
    let mut faults = Vec::new();
    let mut parsed = Vec::new();
    let (operations, actual) = operations(whole, &mut faults);
    for (place, value) in operations.into_iter().enumerate() {
        let at = format!("/ops/{place}");
        let Some(mut members) = Members::of(value, at.clone()) else {
            faults.push(fault(at, format!("an operation is an object, not {}", value.kind())));
            continue;
        };
        let operation = operation::read(&mut members, dialect);
        faults.extend(members.into_faults()?);
        parsed.extend(operation.map(|operation| (place, operation)));
    }
    faults.extend(repeated(&parsed));
    if faults.is_empty() {
        return Ok(parsed.into_iter().map(|(_, operation)| operation).collect());
    }
    let detail = "the operations can't be read as such; errors has each place";
    let error = Error::new(Kind::InvalidOperation, detail).with_faults(faults);
    Err(error.if_beyond(limits::OPERATIONS as u64, actual as u64))
}

/// The operations, unless something is wrong around them; and how many there are, however many may be.
fn operations<'a>(whole: RawJson<'a>, faults: &mut Vec<Fault>) -> (Vec<RawJson<'a>>, usize) {
    let Some(mut members) = Members::of(whole, String::new()) else {
        faults.push(fault(String::new(), "the body is an object with the member ops".into()));
        return (Vec::new(), 0);
    };
    let ops = members.value("ops");
    members.refuse_unread();
    if let Some(ops) = ops.filter(|ops| ops.elements().is_none()) {
        members.fault("ops", format!("ops is an array, not {}", ops.kind()));
    }
    let mut rest = ops.and_then(RawJson::elements).into_iter().flatten();
    let elements: Vec<_> = rest.by_ref().take(limits::OPERATIONS).collect();
    let actual = elements.len() + rest.count();
    if actual > limits::OPERATIONS {
        members.fault("ops", format!("there are more than {} operations", limits::OPERATIONS));
    }
    match members.into_faults() {
        Ok(found) if found.is_empty() => (elements, actual),
        found => {
            faults.extend(found.unwrap_or_default());
            (Vec::new(), actual)
        }
    }
}

/// Each item may appear once, so that the order of operations never matters.
fn repeated(parsed: &[(usize, Parsed)]) -> Vec<Fault> {
    let mut first: HashMap<(Option<&str>, &str), usize> = HashMap::new();
    let mut faults = Vec::new();
    for (place, operation) in parsed {
        let item = (operation.collection.as_deref(), operation.said_key.as_str());
        match first.get(&item) {
            None => {
                first.insert(item, *place);
            }
            Some(earlier) => {
                let detail = format!("operation {earlier} is about the same item already");
                faults.push(fault(format!("/ops/{place}/key"), detail));
            }
        }
    }
    faults
}

fn fault(pointer: String, detail: String) -> Fault {
    Fault { place: Place::Pointer(pointer), detail }
}
