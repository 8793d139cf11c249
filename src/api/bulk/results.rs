//! The answers of batches and transactions: a status for each operation, in order.

use bytes::{BufMut, Bytes, BytesMut};

use crate::api::json::{put_string, put_time, put_time_or_null};
use crate::domain::{Error, Item, Version};
use crate::http::problem::Problem;

/// What became of one operation.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It succeeded, and left that version behind.
    Done { status: u16, version: Option<Version> },
    /// It read that item.
    Found(Item),
    /// It failed.
    Failed(Error),
}

/// Writes `{"results":[…]}`. The store has left out what there is no room for.
pub(super) fn to_json(outcomes: &[Outcome]) -> Bytes {
    let documents: usize = outcomes.iter().map(document_bytes).sum();
    let mut out = BytesMut::with_capacity(documents + 128 * outcomes.len() + 16);
    out.put_slice(b"{\"results\":[");
    for (place, outcome) in outcomes.iter().enumerate() {
        if place > 0 {
            out.put_u8(b',');
        }
        match outcome {
            Outcome::Done { status, version } => put_done(&mut out, *status, *version),
            Outcome::Found(item) => put_found(&mut out, item),
            Outcome::Failed(error) => put_failed(&mut out, error),
        }
    }
    out.put_slice(b"]}");
    out.freeze()
}

fn document_bytes(outcome: &Outcome) -> usize {
    match outcome {
        Outcome::Found(item) => item.document.bytes().len(),
        Outcome::Done { .. } | Outcome::Failed(_) => 0,
    }
}

fn put_done(out: &mut BytesMut, status: u16, version: Option<Version>) {
    out.put_slice(format!("{{\"status\":{status}").as_bytes());
    if let Some(version) = version {
        out.put_slice(b",\"etag\":");
        put_string(out, &version.etag());
    }
    out.put_u8(b'}');
}

fn put_found(out: &mut BytesMut, item: &Item) {
    out.put_slice(b"{\"status\":200,\"etag\":");
    put_string(out, &item.version.etag());
    out.put_slice(b",\"modified\":");
    put_time(out, item.version.modified());
    out.put_slice(b",\"expires\":");
    put_time_or_null(out, item.expires);
    out.put_slice(b",\"value\":");
    out.put_slice(item.document.bytes());
    out.put_u8(b'}');
}

fn put_failed(out: &mut BytesMut, error: &Error) {
    let problem = Problem::of(error);
    out.put_slice(format!("{{\"status\":{},\"problem\":", problem.status()).as_bytes());
    out.put_slice(&problem.to_json());
    out.put_u8(b'}');
}
