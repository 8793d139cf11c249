//! A small HTTP/1.1 client that sends exactly what it is told, good or bad, and shows all that came back.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Talks to one server, over a new connection for each request.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    pub address: SocketAddr,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// Status codes of the informational answers before it.
    pub interim: Vec<u16>,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Client { address }
    }

    pub fn request(&self, method: &str, target: &str) -> Request {
        Request {
            client: *self,
            method: method.into(),
            target: target.into(),
            headers: Vec::new(),
            body: None,
        }
    }

    pub fn get(&self, target: &str) -> Request {
        self.request("GET", target)
    }

    pub fn put(&self, target: &str, body: impl Into<Bytes>) -> Request {
        self.request("PUT", target).body(body)
    }

    pub fn post(&self, target: &str, body: impl Into<Bytes>) -> Request {
        self.request("POST", target).body(body)
    }

    pub fn delete(&self, target: &str) -> Request {
        self.request("DELETE", target)
    }

    /// A patch in one of the three languages, by the name before `+json`.
    pub fn patch(&self, target: &str, language: &str, body: impl Into<Bytes>) -> Request {
        let media_type = format!("application/{language}+json");
        self.request("PATCH", target).header("Content-Type", &media_type).body(body)
    }

    pub async fn connect(&self) -> Connection {
        let stream = TcpStream::connect(self.address).await.expect("the server listens");
        stream.set_nodelay(true).expect("a socket");
        Connection { stream, buffer: BytesMut::new() }
    }

    /// Sends these bytes and reads one answer.
    pub async fn raw(&self, bytes: impl AsRef<[u8]>) -> Answer {
        let mut connection = self.connect().await;
        connection.send(bytes).await;
        connection.answer().await.expect("an answer")
    }
}

/// A request that is being put together.
#[must_use]
#[derive(Clone, Debug)]
pub struct Request {
    client: Client,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Option<Bytes>,
}

impl Request {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// The bytes of the request.
    pub fn bytes(&self) -> Vec<u8> {
        let mut head =
            format!("{} {} HTTP/1.1\r\nHost: {}\r\n", self.method, self.target, self.client.address);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = &self.body {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(self.body.as_deref().unwrap_or_default());
        bytes
    }

    /// Sends it, and reads the answer.
    pub async fn send(self) -> Answer {
        let mut connection = self.client.connect().await;
        connection.send(self.bytes()).await;
        let answer =
            if self.method == "HEAD" { connection.head_answer().await } else { connection.answer().await };
        answer.unwrap_or_else(|| panic!("{} {}: closed without an answer", self.method, self.target))
    }
}

impl Answer {
    /// The value of a header field; of several, joined.
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .iter()
            .filter(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// The `ETag`, which must be there.
    pub fn etag(&self) -> String {
        self.header("ETag").unwrap_or_else(|| panic!("no ETag: {self:?}"))
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The last part of the `type` of a problem document.
    pub fn problem(&self) -> String {
        let kind = self.json()["type"].as_str().unwrap_or_default().to_owned();
        kind.strip_prefix("/problems/").unwrap_or_else(|| panic!("no problem: {self:?}")).to_owned()
    }

    /// This answer, if its status is that one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    /// Checks status and type of a problem.
    #[track_caller]
    pub fn expect_problem(self, status: u16, kind: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.header("Content-Type").as_deref(), Some("application/problem+json"));
        assert_eq!(answer.problem(), kind);
        answer
    }
}

/// A connection.
pub struct Connection {
    stream: TcpStream,
    buffer: BytesMut,
}

impl Connection {
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        // A server that has refused already may have closed: its answer is what counts.
        self.stream.write_all(bytes.as_ref()).await.ok();
    }

    /// Ends the sending side.
    pub async fn finish(&mut self) {
        self.stream.shutdown().await.ok();
    }

    /// The next answer; none where the server closes instead.
    pub async fn answer(&mut self) -> Option<Answer> {
        self.read(false).await
    }

    /// The next answer to a HEAD, which has no body whatever its fields say.
    pub async fn head_answer(&mut self) -> Option<Answer> {
        self.read(true).await
    }

    /// The status of an informational answer, if that is what comes next.
    pub async fn interim(&mut self) -> Option<u16> {
        let (status, _) = self.head().await?;
        Some(status)
    }

    /// Whether the server sends nothing more, and closes.
    pub async fn is_closed(&mut self) -> bool {
        !self.more().await && self.buffer.is_empty()
    }

    async fn read(&mut self, head_only: bool) -> Option<Answer> {
        let mut interim = Vec::new();
        loop {
            let (status, headers) = self.head().await?;
            if (100..200).contains(&status) {
                interim.push(status);
                continue;
            }
            let mut answer = Answer { status, headers, body: Bytes::new(), interim };
            if !head_only && status != 204 && status != 304 {
                answer.body = self.body(&answer).await;
            }
            return Some(answer);
        }
    }

    async fn head(&mut self) -> Option<(u16, Vec<(String, String)>)> {
        let end = loop {
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            if !self.more().await {
                assert!(self.buffer.is_empty(), "half a head: {:?}", self.buffer);
                return None;
            }
        };
        let head = self.buffer.split_to(end + 4);
        let head = std::str::from_utf8(&head[..end]).expect("header fields are ASCII");
        let mut lines = head.split("\r\n");
        let status_line = lines.next().expect("a first line");
        let status = status_line.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        let field = |line: &str| {
            let (name, value) = line.split_once(':').expect("a field");
            (name.to_owned(), value.trim().to_owned())
        };
        Some((status, lines.map(field).collect()))
    }

    async fn body(&mut self, answer: &Answer) -> Bytes {
        if answer.header("Transfer-Encoding").is_some_and(|coding| coding == "chunked") {
            return self.chunks().await;
        }
        match answer.header("Content-Length") {
            Some(length) => self.exactly(length.parse().expect("a length")).await,
            None => {
                while self.more().await {}
                self.buffer.split().freeze()
            }
        }
    }

    async fn chunks(&mut self) -> Bytes {
        let mut body = BytesMut::new();
        loop {
            let end = loop {
                if let Some(end) = self.buffer.windows(2).position(|window| window == b"\r\n") {
                    break end;
                }
                assert!(self.more().await, "a chunked body that is cut short");
            };
            let line = self.buffer.split_to(end);
            self.buffer.advance(2);
            let size = usize::from_str_radix(std::str::from_utf8(&line).expect("ASCII"), 16).expect("a size");
            body.extend_from_slice(&self.exactly(size).await);
            self.exactly(2).await;
            if size == 0 {
                return body.freeze();
            }
        }
    }

    async fn exactly(&mut self, count: usize) -> Bytes {
        while self.buffer.len() < count {
            assert!(self.more().await, "a body that is cut short");
        }
        self.buffer.split_to(count).freeze()
    }

    /// Waits for more; false at the end.
    async fn more(&mut self) -> bool {
        let read = tokio::time::timeout(PATIENCE, self.stream.read_buf(&mut self.buffer)).await;
        matches!(read.expect("an answer in time"), Ok(count) if count > 0)
    }
}
