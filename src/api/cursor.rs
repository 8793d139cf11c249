//! Cursors: where a walk goes on, sealed together with the query that it belongs to.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::{After, CollectionName, Error, KeyPrefix, Kind, ListQuery, Place, Result, limits};

use super::signer::Signer;

/// Bytes of the MAC at the end of a cursor.
const MAC: usize = 16;

/// What a walk is bound to, as parts of the MAC.
type Walk<'a> = [&'a [u8]];

/// Seals the place behind which the next page of a list begins.
pub(crate) fn seal_list(signer: &Signer, query: &ListQuery, after: &After) -> String {
    let (kind, text) = match after {
        After::Key(key) => (b'k', key),
        After::Prefix(prefix) => (b'p', prefix),
    };
    seal(signer, &walk(query), kind, text)
}

/// Reads the cursor of a list.
///
/// # Errors
/// `invalid-cursor` where it is not ours, or that of another query.
pub(crate) fn open_list(signer: &Signer, query: &ListQuery, cursor: &str) -> Result<After> {
    match open(signer, &walk(query), cursor) {
        Some((b'k', text)) => Ok(After::Key(text.into())),
        Some((b'p', text)) => Ok(After::Prefix(text.into())),
        _ => Err(invalid()),
    }
}

/// Seals the name behind which the next page of collections begins.
pub(crate) fn seal_collections(signer: &Signer, after: &CollectionName) -> String {
    seal(signer, &[b"collections"], b'c', after.as_str())
}

/// Reads the cursor of a list of collections.
///
/// # Errors
/// `invalid-cursor` where it is not ours.
pub(crate) fn open_collections(signer: &Signer, cursor: &str) -> Result<CollectionName> {
    let (_, name) = open(signer, &[b"collections"], cursor).ok_or_else(invalid)?;
    CollectionName::parse(&name).map_err(|_| invalid())
}

/// Seals whatever bytes, as nobody but a fuzz target does.
#[cfg(fuzzing)]
pub(super) fn seal_bytes(signer: &Signer, query: &ListQuery, place: &[u8]) -> String {
    sealed(signer, &walk(query), place.to_vec())
}

fn walk(query: &ListQuery) -> [&[u8]; 7] {
    let ListQuery { collection, range, reverse, delimiter, .. } = query;
    [
        b"items",
        collection.as_str().as_bytes(),
        range.prefix.as_str().as_bytes(),
        bound(range.start.as_ref()),
        bound(range.end.as_ref()),
        if *reverse { b"down" } else { b"up" },
        delimiter.as_ref().map_or(b"", |delimiter| delimiter.as_bytes()),
    ]
}

/// No bound and the empty one are the same.
fn bound(bound: Option<&KeyPrefix>) -> &[u8] {
    bound.map_or(b"", |bound| bound.as_str().as_bytes())
}

fn seal(signer: &Signer, walk: &Walk<'_>, kind: u8, text: &str) -> String {
    let mut place = Vec::with_capacity(1 + text.len() + MAC);
    place.push(kind);
    place.extend_from_slice(text.as_bytes());
    sealed(signer, walk, place)
}

fn sealed(signer: &Signer, walk: &Walk<'_>, mut bytes: Vec<u8>) -> String {
    let mac = signer.sign(&signed(walk, &bytes));
    bytes.extend_from_slice(&mac[..MAC]);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn open(signer: &Signer, walk: &Walk<'_>, cursor: &str) -> Option<(u8, String)> {
    if cursor.len() >= limits::CURSOR_CHARS {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (place, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC)?)?;
    if !signer.agrees(&signed(walk, place), mac) {
        return None;
    }
    let (kind, text) = place.split_first()?;
    Some((*kind, String::from_utf8(text.to_vec()).ok()?))
}

fn signed<'a>(walk: &Walk<'a>, place: &'a [u8]) -> Vec<&'a [u8]> {
    [&b"larder cursor 1"[..], place].into_iter().chain(walk.iter().copied()).collect()
}

fn invalid() -> Error {
    let detail = "this cursor belongs to another query, or was changed; follow next as it came, or begin without a cursor";
    Error::at(Kind::InvalidCursor, Place::Parameter("cursor".into()), detail)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Consistency, KeyRange};

    fn query(prefix: &str, reverse: bool, delimiter: Option<&str>, limit: u16) -> ListQuery {
        ListQuery {
            collection: CollectionName::parse("c").unwrap(),
            range: KeyRange { prefix: KeyPrefix::parse(prefix, "prefix").unwrap(), start: None, end: None },
            reverse,
            limit,
            after: None,
            delimiter: delimiter.map(Into::into),
            values: limit > 5,
            consistency: Consistency::Strong,
        }
    }

    proptest! {
        #[test]
        fn a_cursor_says_where_it_was_made(key in "[^\\p{Cc}]{1,200}", limit in 1..10u16) {
            let signer = Signer::new(b"s");
            for after in [After::Key(key.as_str().into()), After::Prefix(key.as_str().into())] {
                let cursor = seal_list(&signer, &query("a", true, None, 3), &after);
                prop_assert_eq!(open_list(&signer, &query("a", true, None, limit), &cursor).unwrap(), after);
            }
        }

        #[test]
        fn a_changed_cursor_is_refused(place in any::<prop::sample::Index>(), with in "[a-zA-Z0-9_-]") {
            let signer = Signer::new(b"s");
            let good = seal_list(&signer, &query("a", true, None, 3), &After::Key("abc".into()));
            let mut bad = good.clone();
            let place = place.index(good.len());
            bad.replace_range(place..=place, &with);
            prop_assume!(bad != good);
            prop_assert!(open_list(&signer, &query("a", true, None, 3), &bad).is_err());
        }
    }

    #[test]
    fn a_cursor_belongs_to_its_query() {
        let signer = Signer::new(b"s");
        let cursor = seal_list(&signer, &query("a", true, None, 3), &After::Key("abc".into()));
        for other in [query("b", true, None, 3), query("a", false, None, 3), query("a", true, Some("/"), 3)] {
            assert_eq!(open_list(&signer, &other, &cursor).unwrap_err().kind(), Kind::InvalidCursor);
        }
        assert!(open_list(&Signer::new(b"t"), &query("a", true, None, 3), &cursor).is_err());
        assert!(open_collections(&signer, &cursor).is_err());
        for nonsense in ["", "x", "%", &"a".repeat(5000)] {
            assert!(open_list(&signer, &query("a", true, None, 3), nonsense).is_err());
        }
    }

    #[test]
    fn the_longest_cursor_is_short_enough() {
        let signer = Signer::new(b"s");
        let after = After::Prefix("é".repeat((limits::KEY_BYTES + limits::DELIMITER_BYTES) / 2).into());
        assert!(seal_list(&signer, &query("", false, None, 1), &after).len() < limits::CURSOR_CHARS);
    }
}
