//! The plainest of HTTP clients: fills a system, asks for a status, fetches a text.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::load::{KEYS, document};
use crate::system::System;

/// Requests that are on their way before their answers are read.
const AHEAD: usize = 16;

/// Stores every key that the load reads.
pub fn fill(system: &System) {
    put_keys(system, (1..=KEYS).map(|place| format!("bench/items/key-{place:04}")));
}

/// Stores a document at each of these paths.
pub fn put_keys(system: &System, paths: impl Iterator<Item = String>) {
    let body = document();
    let mut stream = TcpStream::connect(("127.0.0.1", system.port())).expect("it listens");
    let mut sent = 0;
    let mut request = Vec::new();
    let token = system.token().map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
    for path in paths {
        request.clear();
        let head = format!(
            "PUT /v1/collections/{path} HTTP/1.1\r\nHost: bench\r\n{token}Content-Length: {}\r\n\r\n",
            body.len()
        );
        request.extend_from_slice(head.as_bytes());
        request.extend_from_slice(&body);
        stream.write_all(&request).expect("it takes requests");
        sent += 1;
        if sent % AHEAD == 0 {
            drain(&mut stream, AHEAD);
        }
    }
    drain(&mut stream, sent % AHEAD);
}

/// Reads that many answers without a body.
fn drain(stream: &mut TcpStream, mut answers: usize) {
    let mut tail = [0u8; 4];
    let mut byte = [0u8; 4096];
    while answers > 0 {
        let read = stream.read(&mut byte).expect("it answers");
        assert!(read > 0, "the connection was closed");
        for byte in &byte[..read] {
            tail.rotate_left(1);
            tail[3] = *byte;
            if &tail == b"\r\n\r\n" {
                answers -= 1;
            }
        }
    }
}

/// The status of a GET, if there is an answer.
pub fn status(port: u16, path: &str) -> Option<u16> {
    fetch(port, path)?.get(9..12)?.parse().ok()
}

/// The answer to a GET, head and all.
pub fn fetch(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: bench\r\n\r\n").as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    String::from_utf8(answer).ok()
}
