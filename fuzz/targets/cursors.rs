//! Cursors: what opens is what was sealed, byte for byte, and only for its own query; behind a good signature as well.
//!
//! The input is a query, a line for each part of it, and then a cursor, or what is to be sealed in one.

#![no_main]

use larder::api::fuzzing as api;
use larder::domain::{After, CollectionName, Consistency, KeyPrefix, KeyRange, ListQuery};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let parts: Vec<&[u8]> = input.splitn(6, |byte| *byte == b'\n').collect();
    let [collection, prefix, start, end, delimiter, place] = parts[..] else { return };
    let Some(query) = query(collection, prefix, start, end, delimiter) else { return };
    forged(&query, place);
    signed(&query, place);
});

fn query(collection: &[u8], prefix: &[u8], start: &[u8], end: &[u8], delimiter: &[u8]) -> Option<ListQuery> {
    let text = |bytes| std::str::from_utf8(bytes).ok();
    let bound = |bytes, name| KeyPrefix::parse(text(bytes)?, name).ok();
    Some(ListQuery {
        collection: CollectionName::parse(text(collection)?).ok()?,
        range: KeyRange {
            prefix: bound(prefix, "prefix")?,
            start: Some(bound(start, "start")?),
            end: (!end.is_empty()).then(|| bound(end, "end")).flatten(),
        },
        reverse: false,
        limit: 10,
        after: None,
        delimiter: (!delimiter.is_empty()).then_some(text(delimiter)?.into()),
        values: true,
        consistency: Consistency::Strong,
    })
}

/// Whatever opens without having been sealed here is the one text that would be sealed here.
fn forged(query: &ListQuery, place: &[u8]) {
    let Ok(text) = std::str::from_utf8(place) else { return };
    if let Some(after) = api::open(query, text) {
        assert_eq!(api::seal(query, &after), text);
    }
    if let Some(again) = api::reopen_collections(text) {
        assert_eq!(again, text);
    }
}

fn signed(query: &ListQuery, place: &[u8]) {
    let cursor = api::seal_bytes(query, place);
    let other = ListQuery { reverse: true, ..query.clone() };
    assert_eq!(api::open(&other, &cursor), None);
    assert_eq!(api::reopen_collections(&cursor), None);
    let Some(after) = api::open(query, &cursor) else { return };
    let (kind, text) = match &after {
        After::Key(text) => (b'k', text),
        After::Prefix(text) => (b'p', text),
    };
    assert_eq!((place[0], &place[1..]), (kind, text.as_bytes()));
    assert_eq!(api::seal(query, &after), cursor);
}
