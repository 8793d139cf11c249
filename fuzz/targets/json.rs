//! JSON texts: taken exactly if another reader takes them and the rules of documents hold, and written as they were
//! read. Then what is read from strings in them: pointers, times, numbers; and bodies of many operations.

#![no_main]

use std::collections::HashSet;
use std::fmt;

use bytes::Bytes;
use larder::api::fuzzing as api;
use larder::domain::{Document, Json, Number, Pointer, RawJson, Timestamp, canonical_number, limits};
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

fuzz_target!(|input: &[u8]| {
    let body = Bytes::copy_from_slice(input);
    document(&body);
    api::operations(&body);
    if let Ok(text) = std::str::from_utf8(input) {
        string(text);
        pointer(text);
        time(text);
    }
    if let Some(first) = input.first_chunk() {
        drop(api::time(Timestamp::from_micros(u64::from_le_bytes(*first))));
    }
});

fn document(body: &Bytes) {
    let ours = Document::parse(body.clone());
    let theirs = depth_of(body).filter(|depth| *depth <= limits::NESTING);
    assert_eq!(ours.is_ok(), theirs.is_some() && body.len() <= limits::DOCUMENT_BYTES, "{ours:?}");
    let (Ok(tree), Some(depth)) = (Json::parse(body), theirs) else { return };
    let compact = tree.to_text();
    assert_eq!((tree.measure().bytes, tree.measure().nesting), (compact.len(), depth));
    let again = Json::parse(compact.as_bytes()).expect("what was written");
    assert_eq!(again.to_text(), compact);
    assert_eq!(again, tree);
    let raw = RawJson::envelope(body).expect("what is a document is an envelope");
    assert_eq!(raw.nesting(), depth);
    assert_eq!(Json::parse(raw.rebuilt().as_bytes()).expect("what was rebuilt"), tree);
    numbers(&tree);
}

/// A number that is written as the table does is the same number, and is written so once more.
fn numbers(tree: &Json<'_>) {
    match tree {
        Json::Number(text) => {
            let Some(canonical) = canonical_number(text) else { return };
            assert_eq!(canonical_number(&canonical).as_ref(), Some(&canonical));
            assert!(Number::of(&canonical) == Number::of(text), "{text} {canonical}");
        }
        Json::Array(elements) => elements.iter().for_each(numbers),
        Json::Object(members) => members.iter().for_each(|(_, value)| numbers(value)),
        _ => {}
    }
}

fn string(text: &str) {
    let written = api::json_string(text);
    let read = Json::parse(&written).expect("a JSON string");
    assert_eq!(read.as_string().as_deref(), Some(text));
}

fn pointer(text: &str) {
    let Ok(pointer) = Pointer::parse(text) else { return };
    let again = pointer.tokens().iter().fold(Pointer::root(), |pointer, token| pointer.child(token));
    assert_eq!((again.as_str(), &again), (text, &pointer));
}

fn time(text: &str) {
    let Some(time) = api::parse_time(text) else { return };
    let written = api::time(time);
    assert_eq!(api::parse_time(&written), Some(Timestamp::from_millis(time.millis())), "{written}");
}

/// How deep a text nests, by another reader; none where that reader or one of the rules refuses it.
fn depth_of(text: &[u8]) -> Option<usize> {
    // It takes a text that nests up to 127 deep, and reads each value below on its own.
    let raw: &RawValue = serde_json::from_slice(text).ok()?;
    depth(raw.get(), 0)
}

fn depth(text: &str, above: usize) -> Option<usize> {
    if above > limits::NESTING {
        return Some(above);
    }
    match text.as_bytes().first()? {
        b'{' => {
            let Members(members) = serde_json::from_str(text).ok()?;
            let inner = members.iter().map(|value| depth(value.get(), above + 1));
            inner.chain([Some(above + 1)]).try_fold(0, |deepest, depth| Some(deepest.max(depth?)))
        }
        b'[' => {
            let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            let inner = elements.iter().map(|value| depth(value.get(), above + 1));
            inner.chain([Some(above + 1)]).try_fold(0, |deepest, depth| Some(deepest.max(depth?)))
        }
        b'"' => serde_json::from_str::<String>(text).ok().map(|_| above),
        _ => Some(above),
    }
}

/// The values of an object that has no name twice.
struct Members<'a>(Vec<&'a RawValue>);

impl<'de> serde::Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Visitor)
    }
}

struct Visitor;

impl<'de> serde::de::Visitor<'de> for Visitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let (mut names, mut values) = (HashSet::new(), Vec::new());
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            if !names.insert(name) {
                return Err(serde::de::Error::custom("a name twice"));
            }
            values.push(value);
        }
        Ok(Members(values))
    }
}
