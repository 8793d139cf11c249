//! Bounds of keys as `DynamoDB` takes them: strings, of which a range may name one or two.

use crate::domain::{Error, Result};

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

/// The least text that is not before these bytes, if there is one. They are a text, or one whose last byte was
/// raised by one.
fn least(bytes: &[u8]) -> Result<Option<String>> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Some(text.to_owned()));
    }
    let odd = || Error::internal("a bound of keys is no text");
    let mut before = bytes.to_vec();
    *before.last_mut().ok_or_else(odd)? -= 1;
    let mut text = String::from_utf8(before).map_err(|error| odd().with_source(error))?;
    while let Some(last) = text.pop() {
        if let Some(next) = next(last) {
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
