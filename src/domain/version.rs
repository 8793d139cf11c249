//! Versions of an item: what its `ETag` says, and how a write is known again.

use std::fmt;

use super::time::Timestamp;

/// Names one write, so that a repetition of it is known for what it is.
///
/// The upper 40 bits belong to the request: random, or made from its `Idempotency-Key`. The lower 24 are a
/// fingerprint of what is written, so that the same key with another document is found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WriteId(u64);

impl WriteId {
    const CONTENT_BITS: u32 = 24;

    /// A write id from all of its bits.
    pub const fn from_bits(bits: u64) -> Self {
        WriteId(bits)
    }

    /// A write id of a keyed request: bits from the key, and a fingerprint of the content.
    pub const fn keyed(key: u64, content: u64) -> Self {
        let mask = (1 << Self::CONTENT_BITS) - 1;
        WriteId((key & !mask) | (content & mask))
    }

    /// All bits.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The least and the greatest write id of the same `Idempotency-Key`.
    pub const fn of_same_key(self) -> (WriteId, WriteId) {
        let content = (1 << Self::CONTENT_BITS) - 1;
        (WriteId(self.0 & !content), WriteId(self.0 | content))
    }

    /// Whether the other comes from the same `Idempotency-Key`, whatever its content.
    pub const fn same_key(self, other: WriteId) -> bool {
        self.0 >> Self::CONTENT_BITS == other.0 >> Self::CONTENT_BITS
    }
}

/// An `Idempotency-Key` in the form in which it is remembered (increments and transactions).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    /// Made from the key and whatever it belongs to.
    pub id: [u8; 16],
    /// Made from the content of the request.
    pub content: [u8; 16],
}

/// One version of one item: a stamp that strictly grows, and the id of the write that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    /// Microseconds since the epoch, or one more than the version before, whichever is greater.
    pub stamp: u64,
    /// The write.
    pub write: WriteId,
}

/// Crockford's base 32: no letter that looks like a digit.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const STAMP_CHARS: usize = 11;
const WRITE_CHARS: usize = 13;
/// Characters of a version as text, without quotes.
const CHARS: usize = STAMP_CHARS + 1 + WRITE_CHARS;

impl Version {
    /// The stamp of a write now over a version, or over nothing.
    pub fn next_stamp(now: Timestamp, before: Option<Version>) -> u64 {
        before.map_or(now.micros(), |version| now.micros().max(version.stamp + 1))
    }

    /// When this version was written.
    pub const fn modified(&self) -> Timestamp {
        Timestamp::from_micros(self.stamp)
    }

    /// Reads a version from the text between the quotes of an `ETag`, as this server wrote it.
    pub fn parse(text: &str) -> Option<Version> {
        let bytes = text.as_bytes();
        if bytes.len() != CHARS || bytes[STAMP_CHARS] != b'-' {
            return None;
        }
        let stamp = decode(&bytes[..STAMP_CHARS])?;
        let write = decode(&bytes[STAMP_CHARS + 1..])?;
        Some(Version { stamp, write: WriteId::from_bits(write) })
    }

    /// The `ETag` field: the version in quotes.
    pub fn etag(&self) -> String {
        format!("\"{self}\"")
    }
}

fn decode(bytes: &[u8]) -> Option<u64> {
    bytes.iter().try_fold(0u64, |value, byte| {
        let digit = DIGITS.iter().position(|digit| digit == byte)? as u64;
        value.checked_mul(32)?.checked_add(digit)
    })
}

fn encode(mut value: u64, out: &mut [u8]) {
    for place in out.iter_mut().rev() {
        *place = DIGITS[(value % 32) as usize];
        value /= 32;
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [b'-'; CHARS];
        encode(self.stamp, &mut text[..STAMP_CHARS]);
        encode(self.write.bits(), &mut text[STAMP_CHARS + 1..]);
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_version_are_the_same_thing() {
        for (stamp, write) in [(0, 0), (1_764_000_000_000_000, u64::MAX), (42, 1 << 63)] {
            let version = Version { stamp, write: WriteId::from_bits(write) };
            assert_eq!(Version::parse(&version.to_string()), Some(version));
        }
    }

    #[test]
    fn what_we_did_not_write_is_no_version() {
        let good = Version { stamp: 7, write: WriteId::from_bits(9) }.to_string();
        let overflow = format!("{}-{}", &good[..11], "Z".repeat(13));
        for text in ["", "x", &good[1..], &good.to_lowercase().replace('0', "o"), &overflow] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
