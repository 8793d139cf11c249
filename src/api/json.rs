//! Writes JSON text piece by piece, around documents that stay as they are; and times as RFC 3339 has them.

use bytes::{BufMut, BytesMut};
use jiff::Timestamp as Instant;

use crate::domain::Timestamp;

/// Appends a JSON string.
pub(crate) fn put_string(out: &mut BytesMut, text: &str) {
    serde_json::to_writer(out.writer(), text).expect("memory takes every string");
}

/// Appends a time as a JSON string: RFC 3339 in UTC, with milliseconds.
pub(crate) fn put_time(out: &mut BytesMut, time: Timestamp) {
    out.put_u8(b'"');
    out.put_slice(rfc3339(time).as_bytes());
    out.put_u8(b'"');
}

/// Appends a time, or `null`.
pub(crate) fn put_time_or_null(out: &mut BytesMut, time: Option<Timestamp>) {
    match time {
        Some(time) => put_time(out, time),
        None => out.put_slice(b"null"),
    }
}

/// A time as RFC 3339 in UTC, with milliseconds.
pub(crate) fn rfc3339(time: Timestamp) -> String {
    let millis = i64::try_from(time.millis()).unwrap_or(i64::MAX);
    let time = Instant::from_millisecond(millis).unwrap_or(Instant::MAX);
    format!("{time:.3}")
}

/// Reads a time after the epoch in any form that RFC 3339 allows.
pub(crate) fn parse_rfc3339(text: &str) -> Option<Timestamp> {
    let time: Instant = text.parse().ok()?;
    u64::try_from(time.as_microsecond()).ok().map(Timestamp::from_micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_with_milliseconds() {
        let time = Timestamp::from_micros(1_795_399_761_004_999);
        assert_eq!(rfc3339(time), "2026-11-23T02:09:21.004Z");
        assert_eq!(rfc3339(Timestamp::from_millis(0)), "1970-01-01T00:00:00.000Z");
        assert_eq!(parse_rfc3339("2026-11-23T03:09:21.004999+01:00"), Some(time));
        assert_eq!(parse_rfc3339("1960-01-01T00:00:00Z"), None);
        assert_eq!(parse_rfc3339("tomorrow"), None);
    }

    #[test]
    fn strings_are_escaped() {
        let mut out = BytesMut::new();
        put_string(&mut out, "a\"\\\u{7f}ä");
        assert_eq!(&out[..], "\"a\\\"\\\\\u{7f}ä\"".as_bytes());
    }
}
