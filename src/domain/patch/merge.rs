//! JSON Merge Patch (RFC 7396).

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{Json, Member};

/// Objects are searched through a map if comparing each name with each would take more steps.
const FEW: usize = 256;

/// What the patch makes of the target.
pub(super) fn merged<'a>(target: Json<'a>, patch: Json<'a>) -> Json<'a> {
    let Json::Object(changes) = patch else { return patch };
    let changes = Arc::unwrap_or_clone(changes).into_list();
    let members = match target {
        Json::Object(members) => Arc::unwrap_or_clone(members).into_list(),
        _ => Vec::new(),
    };
    Json::object(merge_members(members, changes))
}

fn merge_members<'a>(members: Vec<Member<'a>>, changes: Vec<Member<'a>>) -> Vec<Member<'a>> {
    let places = places(&members, &changes);
    // A place stays empty when its member is removed, so that the places of the others hold.
    let mut slots: Vec<Option<Member<'a>>> = members.into_iter().map(Some).collect();
    for ((name, change), place) in changes.into_iter().zip(places) {
        let there = place.and_then(|place| slots.get_mut(place));
        match (there, change) {
            (Some(slot), Json::Null) => *slot = None,
            (Some(slot), change) => {
                *slot = slot.take().map(|(name, value)| (name, merged(value, change)));
            }
            (None, Json::Null) => {}
            (None, change) => slots.push(Some((name, merged(Json::Null, change)))),
        }
    }
    slots.into_iter().flatten().collect()
}

/// Where among the members the name of each change is.
fn places(members: &[Member<'_>], changes: &[Member<'_>]) -> Vec<Option<usize>> {
    if members.len().saturating_mul(changes.len()) <= FEW {
        let place = |content: &str| members.iter().position(|(name, _)| name.says(content));
        return changes.iter().map(|(name, _)| place(&name.content())).collect();
    }
    let places: HashMap<_, _> =
        members.iter().enumerate().map(|(place, (name, _))| (name.content(), place)).collect();
    changes.iter().map(|(name, _)| places.get(&name.content()).copied()).collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use crate::domain::{Document, Kind, Patch, PatchFormat, Result};

    fn patched(document: &str, patch: &str) -> Result<String> {
        let document = Document::parse(Bytes::copy_from_slice(document.as_bytes()))?;
        let patch = Patch::parse(PatchFormat::Merge, Bytes::copy_from_slice(patch.as_bytes()))?;
        let after = patch.apply(&document)?;
        Ok(String::from_utf8(after.bytes().to_vec()).unwrap())
    }

    /// RFC 7396, appendix A.
    #[test]
    fn the_examples_of_the_rfc_apply() {
        let cases = [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
            (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
            (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
            (r#"{"a":"foo"}"#, "null", "null"),
            (r#"{"a":"foo"}"#, r#""bar""#, r#""bar""#),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
            ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
            ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        ];
        for (document, patch, expected) in cases {
            assert_eq!(patched(document, patch).unwrap(), expected, "{patch}");
        }
    }

    #[test]
    fn texts_and_places_are_kept() {
        let document = r#"{ "a" : 1.50, "\u0062": {"x":1e2} , "c":[ 1 ] }"#;
        let patch = r#"{"new":0.10,"b":{"y":[ 2.0 ],"x":null},"a":7}"#;
        let expected = r#"{"a":7,"\u0062":{"y":[2.0]},"c":[1],"new":0.10}"#;
        assert_eq!(patched(document, patch).unwrap(), expected);
        assert_eq!(patched(document, "{}").unwrap(), r#"{"a":1.50,"\u0062":{"x":1e2},"c":[1]}"#);
    }

    #[test]
    fn large_objects_merge_within_the_limit() {
        let object = |from: usize, to: usize, value: &str| {
            let members: Vec<_> = (from..to).map(|n| format!("\"{n}\":{value}")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert_eq!(
            patched(&object(0, 30_000, "0"), &object(10, 40_000, "null")).unwrap(),
            object(0, 10, "0")
        );
        let error = patched(&object(0, 30_000, "0"), &object(20_000, 60_000, "1")).unwrap_err();
        assert_eq!(error.kind(), Kind::TooLarge);
    }

    fn value() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i8>().prop_map(Value::from)
        ];
        scalar.prop_recursive(3, 60, 30, |inner| {
            prop_oneof![
                1 => proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                5 => proptest::collection::btree_map("[a-f]{1,2}", inner, 0..30)
                    .prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
            ]
        })
    }

    /// The pseudo code of RFC 7396, section 2.
    fn model(target: Value, patch: Value) -> Value {
        let Value::Object(changes) = patch else { return patch };
        let mut members = match target {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        for (name, change) in changes {
            if change.is_null() {
                members.remove(&name);
            } else {
                let before = members.remove(&name).unwrap_or_default();
                members.insert(name, model(before, change));
            }
        }
        Value::Object(members)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]
        #[test]
        fn patches_do_what_the_rfc_says(document in value(), patch in value()) {
            let ours = patched(&document.to_string(), &patch.to_string()).unwrap();
            prop_assert_eq!(serde_json::from_str::<Value>(&ours).unwrap(), model(document, patch));
        }
    }
}
