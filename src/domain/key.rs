//! Names: collections, keys within them, and ranges of keys.

use std::fmt;
use std::sync::Arc;

use super::error::{Error, Place, Result};
use super::kind::Kind;
use super::limits;

/// The name of a collection: `[a-z0-9][a-z0-9_-]{0,62}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CollectionName(Arc<str>);

impl CollectionName {
    /// Reads a name.
    ///
    /// # Errors
    /// `invalid-parameter` where it is none.
    pub fn parse(text: &str) -> Result<Self> {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let good = text.len() <= limits::COLLECTION_CHARS
            && text.bytes().next().is_some_and(inner)
            && text.bytes().all(|byte| inner(byte) || byte == b'_' || byte == b'-');
        if good {
            return Ok(CollectionName(text.into()));
        }
        let detail = "a collection name is 1 to 63 characters of a-z, 0-9, _ and -, and begins with a letter or a digit";
        let error = Error::at(Kind::InvalidParameter, Place::Parameter("collection".into()), detail);
        Err(error.if_beyond(limits::COLLECTION_CHARS as u64, text.chars().count() as u64))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CollectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key of an item: 1 to 1024 bytes of UTF-8 in segments between `/`, none of them empty, `.` or `..`,
/// and no control character. Compared by bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Box<str>);

impl Key {
    /// Reads a key that is already percent-decoded.
    ///
    /// # Errors
    /// `invalid-key`, with what is wrong and where it was said.
    pub fn parse(text: &str, place: Place) -> Result<Self> {
        if text.len() > limits::KEY_BYTES {
            return Err(too_long(Kind::InvalidKey, place, "the key", limits::KEY_BYTES, text.len()));
        }
        match Self::fault(text) {
            None => Ok(Key(text.into())),
            Some(detail) => Err(Error::at(Kind::InvalidKey, place, detail)),
        }
    }

    fn fault(text: &str) -> Option<&'static str> {
        if text.is_empty() {
            return Some("a key has at least one byte");
        }
        if text.chars().any(char::is_control) {
            return Some("a key has no control characters");
        }
        let odd = |segment: &str| matches!(segment, "" | "." | "..");
        text.split('/').any(odd).then_some("a key has no empty, `.` or `..` segment")
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an item lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Its collection.
    pub collection: CollectionName,
    /// Its key there.
    pub key: Key,
}

/// The beginning of keys, or a bound among them: up to 1024 bytes without control characters, maybe empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPrefix(Box<str>);

impl KeyPrefix {
    /// Reads the value of the query parameter `name`.
    ///
    /// # Errors
    /// `invalid-parameter` where no key could begin so.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let place = Place::Parameter(name.into());
        if text.len() > limits::PREFIX_BYTES {
            return Err(too_long(Kind::InvalidParameter, place, name, limits::PREFIX_BYTES, text.len()));
        }
        if text.chars().any(char::is_control) {
            return Err(Error::at(Kind::InvalidParameter, place, "there are no control characters in keys"));
        }
        Ok(KeyPrefix(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn too_long(kind: Kind, place: Place, what: &str, limit: usize, actual: usize) -> Error {
    let detail = format!("{what} is {actual} bytes, the limit is {limit} bytes");
    Error::at(kind, place, detail).with_limit(limit as u64, actual as u64)
}

/// Keys between two bounds that also begin with a prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyRange {
    /// All keys begin so.
    pub prefix: KeyPrefix,
    /// The lower bound, inclusive.
    pub start: Option<KeyPrefix>,
    /// The upper bound, exclusive.
    pub end: Option<KeyPrefix>,
}

impl KeyRange {
    /// The same range as two bounds: the first byte string that is in it, and the first behind it.
    pub fn bounds(&self) -> (Vec<u8>, Option<Vec<u8>>) {
        let prefix = self.prefix.as_str().as_bytes();
        let start = self.start.as_ref().map_or(&b""[..], |start| start.as_str().as_bytes());
        let lower = prefix.max(start).to_vec();
        let behind_prefix = successor(prefix);
        let end = self.end.as_ref().map(|end| end.as_str().as_bytes().to_vec());
        let upper = match (behind_prefix, end) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        (lower, upper)
    }
}

/// The least byte string that is greater than every string that begins with this one.
pub fn successor(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut next = prefix[..=last].to_vec();
    next[last] += 1;
    Some(next)
}
