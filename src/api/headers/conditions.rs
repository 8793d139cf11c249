//! Reads the `If-*` fields of RFC 9110 §13: lists of entity tags, and dates.

use std::time::UNIX_EPOCH;

use crate::api::faults::Faults;
use crate::domain::{Kind, Place, Tag, Tags, Timestamp, Version};

use super::coding::Coding;
use super::raw::Value;

/// Reads `If-Match` or `If-None-Match`, whose lines make one list.
pub(super) fn field(name: &str, values: &[Value<'_>], faults: &mut Faults) -> Option<Tags> {
    if values.is_empty() {
        return None;
    }
    let whole = match values {
        [value] => value.as_bytes().to_vec(),
        values => values.iter().map(|value| value.as_bytes()).collect::<Vec<_>>().join(&b','),
    };
    match parse(&whole) {
        Ok(tags) => Some(tags),
        Err(detail) => {
            faults.add(Kind::InvalidHeader, Place::Header(name.into()), detail);
            None
        }
    }
}

/// Reads `*`, or a list of entity tags.
///
/// # Errors
/// A sentence that says what is wrong.
pub(crate) fn parse_tags(text: &str) -> Result<Tags, &'static str> {
    parse(text.as_bytes())
}

/// Reads one strong entity tag that this server made.
pub(crate) fn parse_version(text: &str) -> Option<Version> {
    let (tag, rest) = tag(text.as_bytes())?;
    if tag.weak || !rest.is_empty() { None } else { tag.version }
}

/// Reads a date; what is none is ignored, as RFC 9110 has it.
pub(super) fn date(values: &[Value<'_>]) -> Option<Timestamp> {
    let [value] = values else { return None };
    let text = value.to_str().ok()?;
    match httpdate::parse_http_date(text) {
        Ok(date) => Some(Timestamp::from_secs(date.duration_since(UNIX_EPOCH).ok()?.as_secs())),
        Err(_) => before_the_epoch(text).then(|| Timestamp::from_secs(0)),
    }
}

/// Whether this is a date that the library knows nothing of, since it is from before 1970: clocks that were never set say such.
/// Nothing here is as old, so the epoch does for all of them.
fn before_the_epoch(text: &str) -> bool {
    let formats = ["%a, %d %b %Y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let read = |format: &&str| jiff::civil::DateTime::strptime(format, text).ok();
    formats.iter().find_map(read).is_some_and(|date| date.year() < 1970)
}

fn parse(bytes: &[u8]) -> Result<Tags, &'static str> {
    if bytes.trim_ascii() == b"*" {
        return Ok(Tags::Any);
    }
    let mut tags = Vec::new();
    let mut rest = bytes;
    loop {
        // Empty members of a list are allowed (RFC 9110 §5.6.1.2).
        rest = skip(rest, |byte| matches!(byte, b' ' | b'\t' | b','));
        if rest.is_empty() {
            break;
        }
        let (found, behind) =
            tag(rest).ok_or("this is * alone, or a list of entity tags in double quotes")?;
        tags.push(found);
        rest = skip(behind, |byte| matches!(byte, b' ' | b'\t'));
        if !rest.is_empty() && rest[0] != b',' {
            return Err("entity tags are separated by commas");
        }
    }
    if tags.is_empty() { Err("there is no entity tag in this field") } else { Ok(Tags::List(tags)) }
}

fn skip(bytes: &[u8], what: impl Fn(&u8) -> bool) -> &[u8] {
    let end = bytes.iter().position(|byte| !what(byte)).unwrap_or(bytes.len());
    &bytes[end..]
}

/// Takes an entity tag from the beginning of the text.
fn tag(bytes: &[u8]) -> Option<(Tag, &[u8])> {
    let (weak, bytes) = match bytes.strip_prefix(b"W/") {
        Some(rest) => (true, rest),
        None => (false, bytes),
    };
    let inner = bytes.strip_prefix(b"\"")?;
    let end = inner.iter().position(|byte| *byte == b'"')?;
    let (opaque, rest) = (&inner[..end], &inner[end + 1..]);
    let allowed = |byte: &u8| matches!(byte, 0x21 | 0x23..=0x7e | 0x80..);
    if !opaque.iter().all(allowed) {
        return None;
    }
    let version = std::str::from_utf8(opaque).ok().and_then(|text| Version::parse(plain(text)));
    Some((Tag { version, weak }, rest))
}

/// The tag of the answer before it was compressed.
fn plain(text: &str) -> &str {
    Coding::ALL.iter().find_map(|coding| text.strip_suffix(coding.suffix())).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::WriteId;

    fn version(stamp: u64) -> Version {
        Version { stamp, write: WriteId::from_bits(stamp * 3) }
    }

    fn list(tags: &[(Option<Version>, bool)]) -> Result<Tags, &'static str> {
        Ok(Tags::List(tags.iter().map(|(version, weak)| Tag { version: *version, weak: *weak }).collect()))
    }

    #[test]
    fn lists_are_read_as_the_rfc_has_them() {
        let (a, b) = (version(1), version(2));
        assert_eq!(parse_tags(" * "), Ok(Tags::Any));
        assert_eq!(parse_tags(&a.etag()), list(&[(Some(a), false)]));
        let text = format!(",, W/{} ,\t{},\"other,one\", ", a.etag(), b.etag());
        assert_eq!(parse_tags(&text), list(&[(Some(a), true), (Some(b), false), (None, false)]));
        assert_eq!(parse_tags("\"\""), list(&[(None, false)]));
        assert_eq!(parse(b"\"\xe4\""), list(&[(None, false)]));
    }

    #[test]
    fn what_is_no_list_of_tags_is_refused() {
        for text in [
            "",
            " ",
            ",",
            "*, \"a\"",
            "\"a\", *",
            "a",
            "w/\"a\"",
            "W/ \"a\"",
            "\"a\" \"b\"",
            "\"a",
            "\"a b\"",
        ] {
            assert!(parse_tags(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_tag_of_a_compressed_answer_counts_as_the_plain_one() {
        for suffix in ["", "-gzip", "-br", "-zstd"] {
            let text = format!("\"{}{suffix}\"", version(7));
            assert_eq!(parse_version(&text), Some(version(7)));
        }
        assert_eq!(parse_version(&format!("\"{}-deflate\"", version(7))), None);
        assert_eq!(parse_version(&format!("W/{}", version(7).etag())), None);
        assert_eq!(parse_version(&version(7).to_string()), None);
        assert_eq!(parse_version(&format!("{0},{0}", version(7).etag())), None);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "[W/\"*, \\-a-z\u{e4}]{0,20}") {
            drop(parse_tags(&text));
        }
    }
}
