//! What many connections and large bodies cost in memory.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::system::System;

/// Resident MiB while 1,000 connections do nothing and 64 bodies of 512 KiB are on their way at once.
pub fn idle_and_large(system: &System) -> f64 {
    let connect = || TcpStream::connect(("127.0.0.1", system.port())).expect("it listens");
    let _idle: Vec<TcpStream> = (0..1000).map(|_| connect()).collect();
    let body = vec![b' '; 512 * 1024 - 1];
    let mut large: Vec<TcpStream> = (0..64).map(|_| connect()).collect();
    for (place, stream) in large.iter_mut().enumerate() {
        let length = body.len() + 1;
        let head = format!(
            "PUT /v1/collections/large/items/{place} HTTP/1.1\r\nHost: bench\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("it takes the head");
        stream.write_all(&body).expect("it takes the body, but for the last byte");
    }
    let resident = system.process().resident_mib();
    for stream in &mut large {
        stream.write_all(b"1").expect("it takes the last byte");
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).expect("it answers");
    }
    resident
}
