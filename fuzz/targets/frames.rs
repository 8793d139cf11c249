//! HTTP/2 as it passes between a client and the framework: what is known of a connection, and what is held against its
//! client, is the same in whatever pieces the frames come.
//!
//! The first byte is the size of the pieces, the next two are the length of what the client sends after its preface;
//! what the server sends follows.

#![no_main]

use std::time::Instant;

use larder::http::h2::fuzzing::follow;
use libfuzzer_sys::fuzz_target;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

fuzz_target!(|input: &[u8]| {
    let [size, a, b, sent @ ..] = input else { return };
    let length = usize::from(u16::from_be_bytes([*a, *b]));
    let (client, server) = sent.split_at(length.min(sent.len()));
    let client = [PREFACE, client].concat();
    let now = Instant::now();
    let whole = follow(&client, server, sent.len() + PREFACE.len(), now);
    let pieces = follow(&client, server, usize::from(*size).max(1), now);
    assert_eq!(whole, pieces);
});
