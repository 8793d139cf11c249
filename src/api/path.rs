//! Percent-encoding: decoded strictly and once, encoded so that nothing in a path or query is special.

use std::borrow::Cow;
use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same, without the slash between segments.
const IN_PATH: &AsciiSet = &IN_QUERY.remove(b'/');

/// Decodes percent-encoding.
///
/// # Errors
/// A sentence that says what is wrong: a raw byte that is not ASCII, a `%` without two hexadecimal digits, or
/// bytes that are no UTF-8.
pub(crate) fn decode(text: &str) -> Result<Cow<'_, str>, &'static str> {
    if !text.is_ascii() {
        return Err("what is not ASCII must be percent-encoded");
    }
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let Some((pair, behind)) = rest.split_first_chunk::<2>() else { return Err(BROKEN) };
        let (Some(high), Some(low)) = (digit(pair[0]), digit(pair[1])) else { return Err(BROKEN) };
        bytes.push(high << 4 | low);
        rest = behind;
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| "percent-decoded, this is no UTF-8")
}

const BROKEN: &str = "a % is followed by two hexadecimal digits";

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Encodes text for a path, slashes as they are.
pub(crate) fn in_path(text: &str) -> impl Display {
    utf8_percent_encode(text, IN_PATH)
}

/// Encodes text for the value of a query parameter.
pub(crate) fn in_query(text: &str) -> impl Display {
    utf8_percent_encode(text, IN_QUERY)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_encoded_badly_is_refused() {
        for text in ["%", "%4", "a%zz", "%+1", "%c3", "%ff", "ä", "%C3%28"] {
            assert!(decode(text).is_err(), "{text}");
        }
    }

    #[test]
    fn decoding_happens_once() {
        assert_eq!(decode("%252F").unwrap(), "%2F");
        assert_eq!(decode("a%2fb/c+").unwrap(), "a/b/c+");
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded_to_itself(text in ".*") {
            for encoded in [in_path(&text).to_string(), in_query(&text).to_string()] {
                prop_assert_eq!(&*decode(&encoded).unwrap(), &*text);
            }
        }
    }
}
