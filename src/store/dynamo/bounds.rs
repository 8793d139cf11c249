//! Bounds of keys as `DynamoDB` takes them: strings, of which a range may name one or two.

use crate::domain::{Error, Result, limits};

/// A range of sort keys. Where both bounds are there, `DynamoDB` counts both in, and the caller drops the upper.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    /// The first key that may come; none means from the beginning.
    pub(super) lower: Option<String>,
    /// Whether that key itself does not count.
    pub(super) behind: bool,
    /// The key before which the range ends.
    pub(super) upper: Option<String>,
}

/// The bounds of a scan: the first bytes that are in, and the first that are not. None where no text is between.
///
/// # Errors
/// Bytes that no bound of ours could have.
pub(super) fn bounds(lower: &[u8], upper: Option<&[u8]>) -> Result<Option<Bounds>> {
    // No key has a control character: what is behind `key\0` is what is behind `key`.
    let (lower, behind) = match lower {
        [key @ .., 0] => (key, true),
        key => (key, false),
    };
    let Some(lower) = least(lower)? else { return Ok(None) };
    let upper = upper.map(least).transpose()?.flatten();
    Ok(Some(Bounds { lower: (!lower.is_empty()).then_some(lower), behind, upper }))
}

/// The least text that a key could be and that is not before these bytes, if there is one. They are a text, or one
/// whose last byte was raised by one.
fn least(bytes: &[u8]) -> Result<Option<String>> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Some(text.to_owned()));
    }
    let odd = || Error::internal("a bound of keys is no text");
    let mut before = bytes.to_vec();
    *before.last_mut().ok_or_else(odd)? -= 1;
    let mut text = String::from_utf8(before).map_err(|error| odd().with_source(error))?;
    while let Some(last) = text.pop() {
        // The next character may be longer. Where the text has no room for it, it has none for any that follows, so
        // that no key is between it and what comes behind the text before it. `DynamoDB` takes no longer bound.
        if let Some(next) = next(last).filter(|next| text.len() + next.len_utf8() <= limits::KEY_BYTES) {
            text.push(next);
            return Ok(Some(text));
        }
    }
    Ok(None)
}

/// The character behind another in the order of their bytes.
fn next(char: char) -> Option<char> {
    match char {
        '\u{d7ff}' => Some('\u{e000}'),
        char => char::from_u32(u32::from(char) + 1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::successor;

    #[test]
    fn what_is_behind_a_prefix_is_a_text() {
        let cases = [
            ("a", "b"),
            ("é", "ê"),
            ("\u{bf}", "\u{c0}"),
            ("\u{7ff}", "\u{800}"),
            ("x\u{d7ff}", "x\u{e000}"),
            ("\u{ffff}", "\u{10000}"),
            ("a\u{10ffff}", "b"),
        ];
        for (prefix, expected) in cases {
            let behind = successor(prefix.as_bytes()).unwrap();
            let text = least(&behind).unwrap().unwrap();
            assert_eq!(text, expected, "{prefix:?}");
            assert!(text.as_bytes() >= &behind[..]);
        }
    }

    /// `DynamoDB` refuses a sort key of more than 1,024 bytes, in a condition too.
    #[test]
    fn what_is_behind_the_longest_prefix_is_no_longer() {
        let cases = [("a\u{7ff}", "b"), ("\u{7ff}\u{7ff}", "\u{800}"), ("é\u{ffff}", "ê")];
        for (end, expected) in cases {
            let room = limits::KEY_BYTES - end.len();
            let behind = successor(format!("{}{end}", "x".repeat(room)).as_bytes()).unwrap();
            let expected = format!("{}{expected}", "x".repeat(room));
            assert_eq!(least(&behind).unwrap().unwrap(), expected, "{end:?}");
        }
        let greatest = "\u{10ffff}".repeat(limits::KEY_BYTES / 4 - 1) + "\u{7ff}\u{7ff}";
        let behind = successor(greatest.as_bytes()).unwrap();
        assert!(least(&behind).unwrap().unwrap().len() <= limits::KEY_BYTES);
    }

    fn char() -> impl Strategy<Value = char> {
        prop::sample::select(
            "a~\u{a0}\u{7fe}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}"
                .chars()
                .collect::<Vec<_>>(),
        )
    }

    fn longest(text: &str) -> &str {
        &text[..text.floor_char_boundary(limits::KEY_BYTES)]
    }

    proptest! {
        /// Of all that can be keys, exactly those are behind the bytes that are behind the text.
        #[test]
        fn a_text_parts_keys_as_its_bytes_do(
            room in prop_oneof![0usize..4, 1010usize..=1024],
            end in proptest::collection::vec(char(), 0..6),
            others in proptest::collection::vec(proptest::collection::vec(char(), 0..6), 1..8),
        ) {
            let with = |end: &[char]| "x".repeat(room) + &end.iter().collect::<String>();
            let prefix = with(&end);
            let Some(behind) = successor(longest(&prefix).as_bytes()) else { return Ok(()) };
            let text = least(&behind).unwrap();
            prop_assert!(text.as_ref().is_none_or(|text| text.len() <= limits::KEY_BYTES));
            for other in others {
                let key = with(&other);
                let key = longest(&key);
                let is_behind = text.as_ref().is_some_and(|text| key >= text.as_str());
                prop_assert_eq!(key.as_bytes() >= &behind[..], is_behind, "{:?} {:?}", key, text);
            }
        }
    }

    #[test]
    fn nothing_is_behind_the_last_character() {
        let behind = successor("\u{10ffff}".as_bytes()).unwrap();
        assert_eq!(least(&behind).unwrap(), None);
        assert_eq!(bounds(&behind, None).unwrap(), None);
        assert_eq!(bounds(b"a", Some(&behind)).unwrap().unwrap().upper, None);
    }

    #[test]
    fn a_walk_goes_on_behind_its_last_key() {
        let found = bounds(b"a\0", Some(b"b")).unwrap().unwrap();
        assert_eq!(found, Bounds { lower: Some("a".into()), behind: true, upper: Some("b".into()) });
        assert_eq!(bounds(b"", None).unwrap().unwrap(), Bounds { lower: None, behind: false, upper: None });
    }
}
