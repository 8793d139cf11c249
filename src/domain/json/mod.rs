//! JSON as documents have it: strict about what is taken, and every text kept as it is written.
//!
//! `reader` has the one grammar. It tells a sink what it reads: nothing at all to only check a text, a builder
//! to make a tree, a trail to say where a fault is.

mod equal;
mod items;
mod lex;
mod members;
mod names;
mod number;
mod pointer;
mod raw;
mod reader;
mod stop;
mod text;
mod trail;
mod tree;
mod value;

pub use items::{Items, Measure};
pub use members::Members;
pub use number::Number;
pub use pointer::Pointer;
pub(super) use pointer::index;
pub use raw::RawJson;
pub use text::Text;
pub use tree::{Json, Member};

use reader::Sink;
use trail::Trail;

use super::error::Result;
use super::limits;

/// Checks that a text is one JSON value by the rules of documents: UTF-8 without byte order mark, no duplicate
/// member names, no lone surrogates, at most 64 containers deep.
///
/// # Errors
/// `malformed-json`, with the line and column of the first fault and a pointer to the value that has it.
pub(super) fn check(text: &[u8]) -> Result<()> {
    read(text, limits::NESTING, &mut ()).map(|_| ())
}

fn read<'a>(text: &'a [u8], nesting: usize, sink: &mut impl Sink<'a>) -> Result<&'a str> {
    reader::read(text, nesting, sink).map_err(|stop| {
        // Only a text that is wrong pays for knowing where.
        let mut trail = Trail::default();
        let stop = reader::read(text, nesting, &mut trail).err().unwrap_or(stop);
        stop.error(text, trail.pointer())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Kind, Place};

    fn refused(text: &[u8]) -> (String, String) {
        let error = check(text).unwrap_err();
        assert_eq!(error.kind(), Kind::MalformedJson);
        match &error.faults()[0].place {
            Place::Pointer(pointer) => (pointer.clone(), error.detail().to_owned()),
            other => panic!("{other:?}"),
        }
    }

    /// Any text that looks like JSON, most of it wrong in some place.
    fn nearly_json() -> impl Strategy<Value = String> {
        let word = prop_oneof![
            "[\\[\\]{}:,]",
            "[ \n\t]?[\\[\\]{},:]\"[a-c]\"[:,\\]}]",
            "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?",
            Just("true,".to_owned()),
            Just("null".to_owned()),
            Just("\"\\ud83d\\ude00\"".to_owned()),
            "\"[^\"\\\\]{0,9}(\\\\[u\"bx]|00e9)?\"",
            ".",
        ];
        proptest::collection::vec(word, 0..7).prop_map(|words| words.concat())
    }

    /// Texts of which only the names in objects may be wrong.
    fn json() -> impl Strategy<Value = String> {
        let scalar = prop_oneof![
            "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?",
            "(true|false|null)",
            any::<String>().prop_map(|content| serde_json::to_string(&content).unwrap()),
        ];
        scalar.prop_recursive(6, 40, 6, |inner| {
            let space = "[ \n\r\t]{0,2}";
            let element = (space, inner.clone(), space).prop_map(|(a, b, c)| format!("{a}{b}{c}"));
            let member = ("\"[a-c]{0,2}\"", space, inner).prop_map(|(a, b, c)| format!("{a}{b}:{c}"));
            let all = |parts: Vec<String>| parts.join(",");
            prop_oneof![
                proptest::collection::vec(element, 0..6).prop_map(move |parts| format!("[{}]", all(parts))),
                proptest::collection::vec(member, 0..6).prop_map(move |parts| format!("{{{}}}", all(parts))),
            ]
        })
    }

    /// Another reader's judgement: the value and whether it has an object with two members of a name.
    fn oracle(text: &[u8]) -> Option<serde_json::Value> {
        serde_json::from_slice(text).ok()
    }

    fn members(value: &serde_json::Value) -> usize {
        match value {
            serde_json::Value::Array(elements) => elements.iter().map(members).sum(),
            serde_json::Value::Object(object) => object.len() + object.values().map(members).sum::<usize>(),
            _ => 0,
        }
    }

    proptest! {
        #[test]
        fn taken_is_what_another_reader_takes(text in prop_oneof![nearly_json(), json()]) {
            let ours = check(text.as_bytes());
            match oracle(text.as_bytes()) {
                None => prop_assert!(ours.is_err()),
                Some(value) => {
                    let names = text.matches(':').count();
                    let doubled = ours.as_ref().is_err_and(|error| error.detail().contains("two members"));
                    // Colons in strings are counted too, so only a surplus that is missing proves a mistake.
                    prop_assert!(ours.is_ok() || doubled && names > members(&value), "{:?}", ours);
                }
            }
        }

        #[test]
        fn a_tree_is_written_as_it_was_read(text in json()) {
            if let Ok(tree) = Json::parse(text.as_bytes()) {
                let compact = tree.to_text();
                prop_assert_eq!(tree.measure().bytes, compact.len());
                let again = Json::parse(compact.as_bytes()).unwrap();
                prop_assert_eq!(again.to_text(), compact.clone());
                prop_assert_eq!(&again, &tree);
                prop_assert_eq!(again.to_value().unwrap(), oracle(text.as_bytes()).unwrap());
                let body = bytes::Bytes::from(text.clone());
                let raw = RawJson::envelope(&body).unwrap();
                prop_assert_eq!(raw.nesting(), tree.measure().nesting);
                prop_assert_eq!(raw.rebuilt(), compact);
            }
        }

        #[test]
        fn nothing_makes_it_panic(text in proptest::collection::vec(any::<u8>(), 0..64)) {
            prop_assert_eq!(check(&text).is_ok(), oracle(&text).is_some());
        }

        #[test]
        fn a_text_that_was_cut_or_bent_is_judged_alike(
            text in json(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
        ) {
            let mut text = text.into_bytes();
            let at = at.index(text.len());
            if cut { text.truncate(at) } else { text[at] = byte }
            let doubled = |error: &crate::domain::Error| error.detail().contains("two members");
            match check(&text) {
                Ok(()) => prop_assert!(oracle(&text).is_some()),
                Err(error) => prop_assert!(oracle(&text).is_none() || doubled(&error), "{error}"),
            }
        }
    }

    #[test]
    fn faults_have_their_places() {
        let cases: [(&[u8], &str, &str); 17] = [
            (b"", "", "empty"),
            (b" \n", "", "the text ends"),
            (b"\xef\xbb\xbf{}", "", "byte order mark"),
            (b"{\"a\":\"\xff\"}", "", "not valid UTF-8, at line 1, column 7 (byte 6)"),
            (b"{\"a\":[1,\n {\"b/\":tru}]}", "/a/1/b~1", "at line 2, column 8 (byte 16)"),
            (b"[1 2]", "/1", "comma or ]"),
            (b"{\"a\":1 \"b\"}", "", "comma or }"),
            (b"[1,]", "/1", "no JSON value"),
            (b"{\"a\":1,}", "", "member name"),
            (b"{\"a\" 1}", "/a", "colon"),
            (b"1 1", "", "something follows"),
            (b"[01]", "/0", "leading zeros"),
            (b"[-]", "/0", "lacks a digit"),
            (b"\"\t\"", "", "control character"),
            (b"[\"\\ud800x\"]", "/0", "without the second"),
            (b"[\"\\udc00\"]", "/0", "without the first"),
            (b"{\"\\u0061\":1,\"b\":2,\"a\":3}", "/a", "two members"),
        ];
        for (text, pointer, why) in cases {
            let (place, detail) = refused(text);
            let shown = String::from_utf8_lossy(text);
            assert_eq!(place, pointer, "{shown}: {detail}");
            assert!(detail.contains(why), "{shown}: {detail}");
        }
    }

    #[test]
    fn sixty_four_containers_are_allowed_and_no_more() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(check(nested(64).as_bytes()).is_ok());
        assert!(refused(nested(65).as_bytes()).1.contains("64"));
        let objects = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        assert!(check(objects(64).as_bytes()).is_ok() && check(objects(65).as_bytes()).is_err());
        assert!(check(&b"[".repeat(400_000)).is_err());
        assert!(check(format!("[{0},{0},1]", nested(63)).as_bytes()).is_ok());
    }

    #[test]
    fn doubled_names_are_found_in_objects_of_any_size() {
        for size in [2, 47, 48, 49, 50, 5000] {
            let names: Vec<String> =
                (0..size).map(|number| format!("\"common_name_{number}\":{{\"a\":1}}")).collect();
            let object = |names: &[String]| format!("{{{}}}", names.join(","));
            let good = object(&names);
            assert!(check(good.as_bytes()).is_ok());
            // Objects in objects have names of their own.
            assert!(check(good.replace("{\"a\":1}", &object(&names[..2])).as_bytes()).is_ok());
            for doubled in [0, size / 2, size - 1] {
                let again = [&names[..], &names[doubled..=doubled]].concat();
                assert_eq!(refused(object(&again).as_bytes()).0, format!("/common_name_{doubled}"));
            }
        }
    }

    #[test]
    fn a_pointer_in_an_error_stays_short() {
        let text = format!("{{\"a\":{{\"{}\":[,]}}}}", "n".repeat(100_000));
        assert_eq!(refused(text.as_bytes()).0, "/a");
    }
}
