//! Plain requests over plain sockets, and a proxy that cuts or changes what passes.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends a request with a JSON body; gives status and body.
pub fn send(address: SocketAddr, method: &str, target: &str, body: &str) -> (u16, String) {
    send_with(address, method, target, "", body)
}

/// The same with further header fields, each ending in CRLF.
pub fn send_with(address: SocketAddr, method: &str, target: &str, fields: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    let length = body.len();
    let head = format!("{method} {target} HTTP/1.0\r\nHost: x\r\nContent-Length: {length}\r\n{fields}\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).expect("the server reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let answer = String::from_utf8(answer).expect("text");
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

/// Reads a resource.
pub fn get(address: SocketAddr, target: &str) -> (u16, String) {
    send(address, "GET", target, "")
}

/// Waits until something holds.
pub fn wait(mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "it never came to hold");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Sits before a server.
pub struct Proxy {
    pub address: SocketAddr,
    /// Connections that were made so far.
    pub connections: Arc<AtomicUsize>,
}

/// What a proxy does with one direction of a connection.
pub type Passing = Box<dyn FnMut(&mut Vec<u8>) -> bool + Send>;

impl Proxy {
    /// `up` and `down` say for each connection, by its number, what to do with what passes: they may change the
    /// bytes at hand, and say whether the connection goes on.
    pub fn new(
        server: SocketAddr,
        up: impl Fn(usize) -> Passing + Send + 'static,
        down: impl Fn(usize) -> Passing + Send + 'static,
    ) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let number = count.fetch_add(1, Ordering::SeqCst);
                let server = TcpStream::connect(server).expect("the server listens");
                copy(&client, &server, up(number));
                copy(&server, &client, down(number));
            }
        });
        Proxy { address, connections }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Lets everything pass.
pub fn all() -> Passing {
    Box::new(|_| true)
}

/// Lets so many bytes pass, and then cuts.
pub fn only(mut bytes: usize) -> Passing {
    Box::new(move |chunk| {
        chunk.truncate(bytes);
        bytes -= chunk.len();
        bytes > 0
    })
}

/// Lets so many bytes pass, and then nothing more, for as long as anybody waits.
pub fn stalled(mut bytes: usize) -> Passing {
    Box::new(move |chunk| {
        if bytes == 0 {
            loop {
                thread::park();
            }
        }
        chunk.truncate(bytes);
        bytes -= chunk.len();
        true
    })
}

/// Holds everything back until that is set, and then lets it pass.
pub fn held() -> (Arc<AtomicBool>, impl Fn(usize) -> Passing + Send + 'static) {
    let go = Arc::new(AtomicBool::new(false));
    let gate = Arc::clone(&go);
    let passing = move |_| {
        let gate = Arc::clone(&gate);
        let passing: Passing = Box::new(move |_| {
            wait(|| gate.load(Ordering::SeqCst));
            true
        });
        passing
    };
    (go, passing)
}

/// Puts one text in the place of another of the same length.
pub fn changed(from: &'static str, to: &'static str) -> Passing {
    assert_eq!(from.len(), to.len());
    Box::new(move |chunk| {
        let mut at = 0;
        while let Some(found) = chunk[at..].windows(from.len()).position(|window| window == from.as_bytes()) {
            chunk[at + found..at + found + to.len()].copy_from_slice(to.as_bytes());
            at += found + to.len();
        }
        true
    })
}

fn copy(from: &TcpStream, to: &TcpStream, mut passing: Passing) {
    let (mut from, mut to) = (from.try_clone().expect("a socket"), to.try_clone().expect("a socket"));
    thread::spawn(move || {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let length = from.read(&mut buffer).unwrap_or(0);
            let mut chunk = buffer[..length].to_vec();
            let goes_on = length > 0 && passing(&mut chunk);
            if to.write_all(&chunk).is_err() || !goes_on {
                // Both ways end, so that both sides notice.
                to.shutdown(Shutdown::Both).ok();
                from.shutdown(Shutdown::Both).ok();
                return;
            }
        }
    });
}
