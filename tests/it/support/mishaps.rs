//! A proxy between a store and DynamoDB that understands requests, and lets mishaps happen to them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// What happens to a request.
#[derive(Clone, Debug)]
pub enum Mishap {
    /// Nothing.
    None,
    /// The connection is reset before anything is done.
    ResetBefore,
    /// It is done, and the connection reset instead of an answer.
    ResetAfter,
    /// It is done, and the connection closed instead of an answer.
    CloseAfter,
    /// It is done, and the answer never comes.
    StallAfter,
    /// It waits for a permit before it is done.
    HoldBefore(Arc<Semaphore>),
    /// It is done, and the answer waits for a permit.
    HoldAfter(Arc<Semaphore>),
    /// It is not done: 500.
    BrokenBefore,
    /// It is done: 500 all the same.
    BrokenAfter,
    /// It is not done: DynamoDB's answer for want of capacity, with this body.
    Refused(String),
    /// It is not done: this answer all the same.
    Answered(String),
}

/// A request that goes by.
pub struct Seen<'a> {
    /// The operation, such as `UpdateItem`.
    pub operation: &'a str,
    /// How many came before it.
    pub number: usize,
    /// Its head.
    pub head: &'a str,
    /// Its body.
    pub body: &'a str,
}

type Decide = Box<dyn Fn(&Seen<'_>) -> Mishap + Send + Sync>;

/// The proxy.
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    target: SocketAddr,
    decide: Mutex<Arc<Decide>>,
    count: AtomicUsize,
}

impl Proxy {
    /// A proxy that does no harm yet.
    pub async fn start(target: SocketAddr) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let decide: Decide = Box::new(|_| Mishap::None);
        let inner = Inner { target, decide: Mutex::new(Arc::new(decide)), count: AtomicUsize::new(0) };
        let inner = Arc::new(inner);
        let accepting = Arc::clone(&inner);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(serve(near, Arc::clone(&accepting)));
            }
        });
        Proxy { address, inner }
    }

    /// Decides from now on what happens.
    pub fn decide(&self, decide: impl Fn(&Seen<'_>) -> Mishap + Send + Sync + 'static) {
        *self.inner.decide.lock().expect("never poisoned") = Arc::new(Box::new(decide));
    }

    /// Requests that came.
    pub fn count(&self) -> usize {
        self.inner.count.load(Ordering::SeqCst)
    }
}

async fn serve(mut near: TcpStream, inner: Arc<Inner>) {
    let mut far = TcpStream::connect(inner.target).await.expect("an emulator");
    for stream in [&near, &far] {
        stream.set_nodelay(true).expect("a socket that is open");
    }
    let mut buffer = Vec::new();
    while let Some(request) = message(&mut near, &mut buffer).await {
        let number = inner.count.fetch_add(1, Ordering::SeqCst);
        let text = String::from_utf8_lossy(&request).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let target = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("x-amz-target").then(|| value.trim().to_owned())
        });
        let target = target.expect("each request has a target");
        let operation = target.rsplit('.').next().expect("the last part");
        let decide = Arc::clone(&*inner.decide.lock().expect("never poisoned"));
        let mishap = decide(&Seen { operation, number, head, body });
        match &mishap {
            Mishap::ResetBefore => return reset(&near),
            Mishap::BrokenBefore => {
                answer(&mut near, 500, BROKEN).await;
                continue;
            }
            Mishap::Refused(body) => {
                answer(&mut near, 400, body).await;
                continue;
            }
            Mishap::Answered(body) => {
                answer(&mut near, 200, body).await;
                continue;
            }
            Mishap::HoldBefore(permits) => permits.acquire().await.expect("never closed").forget(),
            _ => {}
        }
        if far.write_all(&request).await.is_err() {
            return;
        }
        let mut rest = Vec::new();
        let Some(reply) = message(&mut far, &mut rest).await else { return };
        match mishap {
            Mishap::ResetAfter => return reset(&near),
            Mishap::CloseAfter => return,
            Mishap::StallAfter => {
                // Until the other side gives up.
                let _gone = near.read(&mut [0; 1]).await;
                return;
            }
            Mishap::BrokenAfter => answer(&mut near, 500, BROKEN).await,
            _ => {
                if let Mishap::HoldAfter(permits) = mishap {
                    permits.acquire().await.expect("never closed").forget();
                }
                if near.write_all(&reply).await.is_err() {
                    return;
                }
            }
        }
    }
}

const BROKEN: &str =
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"a mishap"}"#;

async fn answer(near: &mut TcpStream, status: u16, body: &str) {
    let head = format!(
        "HTTP/1.1 {status} Mishap\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    // Whoever has gone does not want it.
    let _gone = near.write_all(head.as_bytes()).await;
}

fn reset(stream: &TcpStream) {
    stream.set_zero_linger().expect("a socket that is open");
}

/// The next whole message of a connection, head and body; none at its end.
async fn message(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |length| length.trim().parse().expect("a length"));
            let whole = end + 4 + length;
            if buffer.len() >= whole {
                let rest = buffer.split_off(whole);
                return Some(std::mem::replace(buffer, rest));
            }
        }
        let mut chunk = [0; 16 * 1024];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => buffer.extend_from_slice(&chunk[..read]),
        }
    }
}
