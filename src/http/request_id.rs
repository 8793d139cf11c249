//! Gives each request its id: the caller's, or a UUID of version 7.

use std::time::{SystemTime, UNIX_EPOCH};

use actix_web::http::header::{HeaderMap, HeaderName};

use crate::domain::RequestId;
use crate::telemetry::differing;

/// The field that carries the id, both ways.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The field that carries the trace of W3C Trace Context.
pub(super) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The id that a request brought along, or a new one.
pub(super) fn of(headers: &HeaderMap) -> RequestId {
    let brought = headers.get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
    brought.and_then(RequestId::parse).unwrap_or_else(new)
}

/// A new id.
pub fn new() -> RequestId {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let mut random = [0; 10];
    random[..8].copy_from_slice(&differing().to_le_bytes());
    random[8..].copy_from_slice(&differing().to_le_bytes()[..2]);
    let uuid = uuid::Builder::from_unix_timestamp_millis(u64::try_from(millis).unwrap_or(u64::MAX), &random);
    let mut text = uuid::Uuid::encode_buffer();
    let text = uuid.into_uuid().hyphenated().encode_lower(&mut text);
    RequestId::parse(text).expect("a UUID is 36 visible characters")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn new_ids_are_uuids_of_version_7_and_all_different() {
        let ids: HashSet<String> = (0..10_000).map(|_| new().to_string()).collect();
        assert_eq!(ids.len(), 10_000);
        let version = |id: &String| uuid::Uuid::parse_str(id).unwrap().get_version_num();
        assert!(ids.iter().all(|id| version(id) == 7));
    }

    #[test]
    fn only_a_good_id_is_taken_over() {
        let given = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(X_REQUEST_ID, text.parse().unwrap());
            of(&headers).to_string()
        };
        assert_eq!(given("abc-1"), "abc-1");
        assert_ne!(given("a b"), "a b");
        assert_eq!(given(&"x".repeat(129)).len(), 36);
    }
}
