//! The three patch languages: whatever a patch does, a document comes out, and the one that another reader of the
//! same language makes of it.
//!
//! The input is a document on the first line, and a patch behind it.

#![no_main]

use bytes::Bytes;
use larder::domain::{Document, Increments, Json, Kind, Patch, PatchFormat, Pointer, limits};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

fuzz_target!(|input: &[u8]| {
    let Some(end) = input.iter().position(|byte| *byte == b'\n') else { return };
    let Ok(document) = Document::parse(Bytes::copy_from_slice(&input[..end])) else { return };
    let text = Bytes::copy_from_slice(&input[end + 1..]);
    merge(&document, &text);
    steps(&document, &text);
    increments(&document, &text);
});

const MAGIC: &[u8] = b"$serde_json::";

/// What every result of a patch is.
fn sound(after: &Document) {
    assert!(after.bytes().len() <= limits::DOCUMENT_BYTES);
    if let Err(error) = Document::parse(after.bytes().clone()) {
        panic!("{error}: {after:?}");
    }
}

fn value(text: &[u8]) -> Value {
    // Not read by that library, which takes objects with certain names for numbers.
    Json::parse(text).and_then(|json| json.to_value()).expect("a document")
}

fn merge(document: &Document, text: &Bytes) {
    let Ok(patch) = Patch::parse(PatchFormat::Merge, text.clone()) else { return };
    let Ok(after) = patch.apply(document) else { return };
    sound(&after);
    let again = patch.apply(&after).expect("what fitted once fits twice");
    assert_eq!(again, after, "merging twice is merging once");
    let mut expected = value(document.bytes());
    merged(&mut expected, &value(text));
    assert_eq!(value(after.bytes()), expected);
}

/// RFC 7396, as its section 2 has it.
fn merged(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(members) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.remove(name);
        } else {
            merged(members.entry(name).or_insert(Value::Null), value);
        }
    }
}

fn steps(document: &Document, text: &Bytes) {
    let Ok(patch) = Patch::parse(PatchFormat::Json, text.clone()) else { return };
    let after = patch.apply(document);
    match &after {
        Ok(after) => sound(after),
        Err(error) => {
            assert!(matches!(error.kind(), Kind::Conflict | Kind::TooLarge | Kind::MalformedJson), "{error}");
        }
    }
    // The library beneath that other one takes objects with such names for numbers.
    if text.windows(MAGIC.len()).any(|part| part == MAGIC) {
        return;
    }
    let steps = value(text);
    let Ok(theirs) = serde_json::from_value::<json_patch::Patch>(steps.clone()) else { return };
    if steps.as_array().is_none_or(|steps| steps.iter().any(differs)) {
        return;
    }
    let mut expected = value(document.bytes());
    // Its other entry point undoes what was done when a step fails, and panics over that at times.
    let applied = json_patch::patch_unsafe(&mut expected, &theirs.0);
    match after {
        Ok(after) => {
            assert!(applied.is_ok(), "{applied:?}");
            assert_eq!(value(after.bytes()), expected);
        }
        Err(error) if error.kind() == Kind::Conflict => assert!(applied.is_err(), "{error}"),
        // It knows no limits.
        Err(_) => {}
    }
}

/// Where that library does something else: it takes the whole away and leaves null, moves values into themselves,
/// and compares numbers by their text.
fn differs(step: &Value) -> bool {
    let text = |name: &str| step[name].as_str().unwrap_or_default();
    let (op, path, from) = (text("op"), text("path"), text("from"));
    match op {
        "test" => true,
        "remove" => path.is_empty(),
        "move" => from.is_empty() || path == from || path.starts_with(&format!("{from}/")),
        _ => false,
    }
}

fn increments(document: &Document, text: &Bytes) {
    let Ok(increments) = Increments::parse(text.clone()) else { return };
    if let Ok(made) = increments.apply(None) {
        sound(&made);
    }
    let Ok(after) = increments.apply(Some(document)) else { return };
    sound(&after);
    let tree = Json::parse(document.bytes()).expect("a document");
    let Json::Object(members) = Json::parse(text).expect("increments") else {
        panic!("increments are an object")
    };
    let there = |name: &str| Pointer::parse(name).is_ok_and(|place| place.resolve(&tree).is_some());
    if !members.iter().all(|(name, _)| there(&name.content())) {
        return;
    }
    let negated = members.iter().map(|(name, by)| {
        let by = by.to_text();
        let by = by.strip_prefix('-').map_or_else(|| format!("-{by}"), str::to_owned);
        format!("\"{}\":{by}", name.written())
    });
    let back = format!("{{{}}}", negated.collect::<Vec<_>>().join(","));
    let back = Increments::parse(back.into()).expect("increments the other way");
    // Taking away what was added is exact whenever adding it was.
    let again = back.apply(Some(&after)).expect("what was added can be taken away");
    assert_eq!(Json::parse(again.bytes()).expect("a document"), tree);
}
