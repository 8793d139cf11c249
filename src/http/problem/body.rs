//! The problem document: what of an error is shown to the caller, and under which names.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::RawValue;

use crate::domain::{Error, Failure, Fault, Kind, Place};

use super::table;

/// An error as callers see it: the body of an answer, or the `problem` of one operation of a batch.
#[derive(Serialize)]
pub struct Problem<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<Entry<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actual: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failures: Option<Vec<Failed>>,
}

impl<'a> Problem<'a> {
    /// Shows an error; knows nothing of the request that it belongs to.
    pub fn of(error: &'a Error) -> Self {
        let (kind, status) = (error.kind(), table::status(error));
        let (limit, actual) = error.limit().unzip();
        let current = error.current();
        let failures = error.failures();
        Problem {
            r#type: type_of(kind),
            title: table::explanation(kind).title,
            status,
            detail: error.detail(),
            instance: None,
            request_id: None,
            errors: errors(error, status),
            limit,
            actual,
            reason: error.reason(),
            current_etag: current.map(|current| current.version.etag()),
            current: current
                .and_then(|current| current.document.as_ref())
                .and_then(|document| serde_json::from_slice(document).ok()),
            failures: (!failures.is_empty()).then(|| failures.iter().map(Failed::of).collect()),
        }
    }

    /// Says which request it was: the path as it was sent, without the query, and the request's id.
    #[must_use]
    pub fn in_request(mut self, instance: &'a str, request_id: &'a str) -> Self {
        self.instance = Some(instance);
        self.request_id = Some(request_id);
        self
    }

    /// The HTTP status that goes with it.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Says only the request's id, where its path could not be read.
    #[must_use]
    pub fn with_id(mut self, request_id: &'a str) -> Self {
        self.request_id = Some(request_id);
        self
    }

    /// The text of the document.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("text, numbers and lists of them are always JSON")
    }
}

/// The reference under which a kind is explained; relative, so that it holds under every host name.
fn type_of(kind: Kind) -> String {
    format!("/problems/{}", kind.name())
}

/// What is wrong, each thing on its own. 400 and 422 promise at least one entry.
fn errors(error: &Error, status: u16) -> Option<Vec<Entry<'_>>> {
    let faults = error.faults();
    if !faults.is_empty() {
        return Some(faults.iter().map(Entry::of).collect());
    }
    let promised = matches!(status, 400 | 422);
    promised.then(|| vec![Entry { place: Cow::Owned(usual_place(error.kind())), detail: error.detail() }])
}

/// Where a fault of that kind lies, if nobody said it more exactly.
fn usual_place(kind: Kind) -> Place {
    match kind {
        Kind::InvalidKey => Place::Parameter("key".into()),
        Kind::InvalidCursor => Place::Parameter("cursor".into()),
        Kind::InvalidParameter => Place::Parameter(String::new()),
        Kind::InvalidHeader => Place::Header(String::new()),
        Kind::IdempotencyKeyReused => Place::Header("Idempotency-Key".into()),
        // The empty pointer is the whole body.
        _ => Place::Pointer(String::new()),
    }
}

struct Entry<'a> {
    place: Cow<'a, Place>,
    detail: &'a str,
}

impl<'a> Entry<'a> {
    fn of(fault: &'a Fault) -> Self {
        Entry { place: Cow::Borrowed(&fault.place), detail: &fault.detail }
    }
}

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (name, value) = match &*self.place {
            Place::Pointer(pointer) => ("pointer", pointer),
            Place::Parameter(parameter) => ("parameter", parameter),
            Place::Header(header) => ("header", header),
        };
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry(name, value)?;
        map.serialize_entry("detail", self.detail)?;
        map.end()
    }
}

/// An operation that kept a transaction from happening.
#[derive(Serialize)]
struct Failed {
    op: usize,
    status: u16,
    r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
}

impl Failed {
    fn of(failure: &Failure) -> Self {
        Failed {
            op: failure.op,
            status: table::explanation(failure.kind).status,
            r#type: type_of(failure.kind),
            etag: failure.version.map(|version| version.etag()),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::{Current, Version, WriteId};

    fn shown(error: &Error) -> Value {
        serde_json::from_slice(&Problem::of(error).to_json()).unwrap()
    }

    #[test]
    fn the_document_in_the_way_is_shown_as_its_owner_wrote_it() {
        let version = Version { stamp: 7, write: WriteId::from_bits(9) };
        let text = br#"{"b":1.0,"a":[100000000000000000000001e-3]}"#;
        let current = Current { version, document: Some(Bytes::from_static(text)) };
        let error = Error::new(Kind::PreconditionFailed, "no").with_current(Some(current));
        let body = String::from_utf8(Problem::of(&error).to_json()).unwrap();
        assert!(body.contains(std::str::from_utf8(text).unwrap()), "{body}");
        assert_eq!(shown(&error)["current_etag"], json!(version.etag()));
    }

    #[test]
    fn every_400_and_422_lists_what_is_wrong() {
        for kind in Kind::ALL {
            let shown = shown(&Error::new(kind, "some sentence"));
            let promised = matches!(shown["status"].as_u64(), Some(400 | 422));
            assert_eq!(shown["errors"].is_array(), promised, "{kind:?}");
            if promised {
                assert_eq!(shown["errors"][0]["detail"], "some sentence");
            }
        }
    }

    #[test]
    fn each_fault_says_where_it_lies() {
        let error = Error::new(Kind::Conflict, "x")
            .with_fault(Place::Pointer("/a".into()), "p")
            .with_fault(Place::Header("If-Match".into()), "h")
            .with_fault(Place::Parameter("limit".into()), "q");
        let expected = json!([
            {"pointer": "/a", "detail": "p"}, {"header": "If-Match", "detail": "h"},
            {"parameter": "limit", "detail": "q"}
        ]);
        assert_eq!(shown(&error)["errors"], expected);
    }

    #[test]
    fn failures_name_operation_status_and_version() {
        let version = Version { stamp: 7, write: WriteId::from_bits(9) };
        let error = Error::new(Kind::TransactionPrecondition, "x").with_failures(vec![
            Failure { op: 0, kind: Kind::PreconditionFailed, version: Some(version) },
            Failure { op: 3, kind: Kind::NoSuchItem, version: None },
        ]);
        let expected = json!([
            {"op": 0, "status": 412, "type": "/problems/precondition-failed", "etag": version.etag()},
            {"op": 3, "status": 404, "type": "/problems/no-such-item"}
        ]);
        assert_eq!(shown(&error)["failures"], expected);
    }
}
