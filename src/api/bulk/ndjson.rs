//! Lines of an export: one operation each, in the words that an import takes.

use bytes::{BufMut, Bytes, BytesMut};

use crate::api::json::{put_string, put_time};
use crate::domain::Entry;

/// Appends `{"op":"put","key":…,"etag":…,"expires":…,"value":…}` and a line feed. What never expires, though items of
/// its collection do where nobody says otherwise (`mortal`), says so: the same settings would else end it on its way back.
pub(super) fn put_line(out: &mut BytesMut, entry: &Entry, mortal: bool) {
    out.put_slice(b"{\"op\":\"put\",\"key\":");
    put_string(out, entry.key.as_str());
    out.put_slice(b",\"etag\":");
    put_string(out, &entry.item.version.etag());
    if let Some(expires) = entry.item.expires {
        out.put_slice(b",\"expires\":");
        put_time(out, expires);
    } else if mortal {
        out.put_slice(b",\"ttl\":\"never\"");
    }
    out.put_slice(b",\"value\":");
    put_on_one_line(out, entry.item.document.bytes());
    out.put_slice(b"}\n");
}

/// Appends a JSON text with each line break replaced by a space. Inside strings JSON allows none, so this
/// changes white space between tokens only, and no length.
fn put_on_one_line(out: &mut BytesMut, text: &Bytes) {
    let from = out.len();
    out.put_slice(text);
    for byte in &mut out[from..] {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}
