//! A client of HTTP/2 that sends whatever frames a test likes, decent or not.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::certificates::Certificates;

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const PRIORITY: u8 = 2;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

/// A setting.
pub const INITIAL_WINDOW_SIZE: u16 = 4;

/// A frame that came.
#[derive(Debug)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

/// A connection. What the server wants to be acknowledged is.
pub struct Http2 {
    to_send: UnboundedSender<Vec<u8>>,
    came: UnboundedReceiver<Frame>,
}

impl Http2 {
    /// Connects, with these settings.
    pub async fn connect(certificates: &Certificates, to: SocketAddr, settings: &[(u16, u32)]) -> Http2 {
        let (mut reads, mut writes) = tokio::io::split(certificates.connect(to, &["h2"]).await);
        let (to_send, mut sending) = unbounded_channel::<Vec<u8>>();
        let (coming, came) = unbounded_channel();
        tokio::spawn(async move {
            while let Some(bytes) = sending.recv().await {
                if writes.write_all(&bytes).await.is_err() || writes.flush().await.is_err() {
                    return;
                }
            }
        });
        let answers = to_send.clone();
        tokio::spawn(async move {
            let mut head = [0; 9];
            while reads.read_exact(&mut head).await.is_ok() {
                let [a, b, c, kind, flags, s, t, u, v] = head;
                let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
                if reads.read_exact(&mut payload).await.is_err() {
                    return;
                }
                if matches!(kind, SETTINGS | PING) && flags & ACK == 0 {
                    let echo = if kind == PING { &payload[..] } else { &[] };
                    let _ended = answers.send(frame(kind, ACK, 0, echo));
                }
                let _dropped =
                    coming.send(Frame { kind, flags, stream: u32::from_be_bytes([s, t, u, v]), payload });
            }
        });
        let mut client = Http2 { to_send, came };
        let settings: Vec<u8> = settings
            .iter()
            .flat_map(|(name, value)| [&name.to_be_bytes()[..], &value.to_be_bytes()].concat())
            .collect();
        client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec());
        client.send(frame(SETTINGS, 0, 0, &settings));
        client
    }

    /// Sends bytes, or nothing if the connection has ended.
    pub fn send(&mut self, bytes: Vec<u8>) {
        let _ended = self.to_send.send(bytes);
    }

    /// Asks for something.
    pub fn get(&mut self, stream: u32, path: &str) {
        self.send(frame(HEADERS, END_STREAM | END_HEADERS, stream, &head("GET", path)));
    }

    /// The next frame; none when the connection has ended.
    pub async fn next(&mut self) -> Option<Frame> {
        let next = tokio::time::timeout(Duration::from_secs(30), self.came.recv()).await;
        next.expect("a frame, or the end")
    }

    /// The next frame of a kind.
    pub async fn until(&mut self, kind: u8) -> Frame {
        loop {
            let frame = self.next().await.expect("the connection has ended");
            if frame.kind == kind {
                return frame;
            }
        }
    }

    /// Sees the connection end. The answer is the error that the server gave, if it came through.
    pub async fn ended(&mut self) -> Option<u32> {
        let mut error = None;
        while let Some(frame) = self.next().await {
            if frame.kind == GOAWAY {
                error = Some(u32::from_be_bytes(frame.payload[4..8].try_into().expect("an error")));
            }
        }
        error
    }
}

/// A frame.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A head, as a block of fields.
pub fn head(method: &str, path: &str) -> Vec<u8> {
    let fields = [(":method", method), (":scheme", "https"), (":path", path), (":authority", "localhost")];
    fields.iter().flat_map(|(name, value)| field(0, name, value)).collect()
}

/// A field by name: of kind 0 nobody remembers it, of kind 0x40 it can be named by number later.
pub fn field(kind: u8, name: &str, value: &str) -> Vec<u8> {
    [vec![kind], text(name), text(value)].concat()
}

fn text(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    match text.len() {
        short @ ..0x7f => bytes.push(short as u8),
        long => {
            let mut rest = long - 0x7f;
            bytes.push(0x7f);
            while rest >= 0x80 {
                bytes.push(rest as u8 | 0x80);
                rest >>= 7;
            }
            bytes.push(rest as u8);
        }
    }
    bytes.extend(text.bytes());
    bytes
}
