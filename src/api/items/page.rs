//! Writes a page of a list as JSON; documents go in as they are.

use bytes::{BufMut, Bytes, BytesMut};

use crate::api::json::{put_string, put_time, put_time_or_null};
use crate::domain::{Entry, ListQuery, Page};

/// Bytes of an entry without key and document, generously.
const ENTRY_BYTES: usize = 160;

/// The text of a page, with the cursor of the next one.
pub(super) fn to_json(page: &Page, query: &ListQuery, next: Option<&str>) -> Bytes {
    let entries = page.entries.iter();
    let inside: usize =
        entries.map(|entry| entry.key.as_str().len() + entry.item.document.bytes().len()).sum();
    let mut out = BytesMut::with_capacity(inside + (page.entries.len() + 2) * ENTRY_BYTES);
    out.put_slice(b"{\"items\":");
    put_list(&mut out, &page.entries, |out, entry| put_entry(out, entry, query.values));
    if query.delimiter.is_some() {
        out.put_slice(b",\"prefixes\":");
        put_list(&mut out, &page.prefixes, |out, prefix| put_string(out, prefix));
    }
    if let Some(next) = next {
        out.put_slice(b",\"next\":");
        put_string(&mut out, next);
    }
    out.put_u8(b'}');
    out.freeze()
}

fn put_list<T>(out: &mut BytesMut, list: &[T], put: impl Fn(&mut BytesMut, &T)) {
    out.put_u8(b'[');
    for (place, element) in list.iter().enumerate() {
        if place > 0 {
            out.put_u8(b',');
        }
        put(out, element);
    }
    out.put_u8(b']');
}

fn put_entry(out: &mut BytesMut, entry: &Entry, values: bool) {
    out.put_slice(b"{\"key\":");
    put_string(out, entry.key.as_str());
    out.put_slice(b",\"etag\":");
    put_string(out, &entry.item.version.etag());
    out.put_slice(b",\"modified\":");
    put_time(out, entry.item.version.modified());
    out.put_slice(b",\"expires\":");
    put_time_or_null(out, entry.item.expires);
    if values {
        out.put_slice(b",\"value\":");
        out.put_slice(entry.item.document.bytes());
    }
    out.put_u8(b'}');
}
