//! A TCP proxy that a test can make misbehave: delay, stall, cut, reset, refuse, now or after a number of bytes.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the api role to the store.
    ToStore,
    /// From the store to the api role.
    ToApi,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// In order, with FIN; what was read before has been forwarded.
    Cut,
    /// With RST.
    Reset,
}

#[derive(Clone, Copy, Debug, Default)]
struct Traffic {
    stalled: bool,
    delay: Duration,
    /// Connections of this generation and before are ended so.
    ended: Option<(usize, End)>,
    /// How many more bytes may pass before the connection that carries them is ended.
    allowance: Option<(usize, End)>,
}

#[derive(Debug)]
struct Control {
    target: Mutex<SocketAddr>,
    refusing: watch::Sender<bool>,
    ways: [watch::Sender<Traffic>; 2],
    connections: AtomicUsize,
    open: AtomicUsize,
    forwarded: [AtomicUsize; 2],
}

/// The proxy. It ends with the runtime of the test.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    control: Arc<Control>,
}

impl Proxy {
    /// A proxy to an address, that behaves well until it is told otherwise.
    pub async fn start(target: SocketAddr) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let control = Arc::new(Control {
            target: Mutex::new(target),
            refusing: watch::Sender::new(false),
            ways: [watch::Sender::default(), watch::Sender::default()],
            connections: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            forwarded: [AtomicUsize::new(0), AtomicUsize::new(0)],
        });
        tokio::spawn(accept(listener, Arc::clone(&control)));
        Proxy { address, control }
    }

    fn change(&self, way: Way, change: impl FnOnce(&mut Traffic)) {
        self.control.ways[way as usize].send_modify(change);
    }

    /// Connections from now on go to another address.
    pub fn retarget(&self, target: SocketAddr) {
        *self.control.target.lock().expect("never poisoned") = target;
    }

    /// Forwards nothing in that direction until told otherwise; nobody is told.
    pub fn stall(&self, way: Way, stalled: bool) {
        self.change(way, |traffic| traffic.stalled = stalled);
    }

    /// Holds back each chunk in that direction for a time.
    pub fn delay(&self, way: Way, delay: Duration) {
        self.change(way, |traffic| traffic.delay = delay);
    }

    /// Ends all connections that are open.
    pub fn end(&self, end: End) {
        let generation = self.control.connections.load(Ordering::SeqCst);
        for way in [Way::ToStore, Way::ToApi] {
            self.change(way, |traffic| traffic.ended = Some((generation, end)));
        }
    }

    /// Ends the connection that carries the byte behind the next `bytes` in that direction. Those are forwarded.
    pub fn end_after(&self, way: Way, bytes: usize, end: End) {
        self.change(way, |traffic| traffic.allowance = Some((bytes, end)));
    }

    /// Resets connections as soon as they are made.
    pub fn refuse(&self, refusing: bool) {
        self.control.refusing.send_replace(refusing);
    }

    /// Connections that were made, through all time.
    pub fn connections(&self) -> usize {
        self.control.connections.load(Ordering::SeqCst)
    }

    /// Connections that are open.
    pub fn open(&self) -> usize {
        self.control.open.load(Ordering::SeqCst)
    }

    /// Bytes that were forwarded in that direction.
    pub fn forwarded(&self, way: Way) -> usize {
        self.control.forwarded[way as usize].load(Ordering::SeqCst)
    }

    /// Behaves well again.
    pub fn heal(&self) {
        self.refuse(false);
        for way in [Way::ToStore, Way::ToApi] {
            self.change(way, |traffic| {
                *traffic = Traffic { ended: traffic.ended, ..Traffic::default() };
            });
        }
    }
}

async fn accept(listener: TcpListener, control: Arc<Control>) {
    while let Ok((near, _)) = listener.accept().await {
        if *control.refusing.borrow() {
            reset(&near);
            continue;
        }
        let generation = control.connections.fetch_add(1, Ordering::SeqCst) + 1;
        let control = Arc::clone(&control);
        control.open.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            connect(near, Arc::clone(&control), generation).await;
            control.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

/// Makes the close of a stream a reset.
fn reset(stream: &TcpStream) {
    stream.set_zero_linger().expect("a socket that is open");
}

async fn connect(near: TcpStream, control: Arc<Control>, generation: usize) {
    let target = *control.target.lock().expect("never poisoned");
    let Ok(far) = reach(target).await else { return reset(&near) };
    for stream in [&near, &far] {
        stream.set_nodelay(true).expect("a socket that is open");
    }
    let ((near_read, near_write), (far_read, far_write)) = (near.into_split(), far.into_split());
    tokio::select! {
        _ = forward(near_read, far_write, &control, Way::ToStore, generation) => {}
        _ = forward(far_read, near_write, &control, Way::ToApi, generation) => {}
    }
    // Dropped halves close the sockets; a reset was prepared by whoever wanted it.
}

/// Connects, with little room for what the proxy has not taken yet: what is delayed is to wait in the store.
async fn reach(target: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(64 * 1024)?;
    socket.connect(target).await
}

async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    control: &Control,
    way: Way,
    generation: usize,
) -> End {
    let mut traffic = control.ways[way as usize].subscribe();
    let mut ending = traffic.clone();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let end = tokio::select! {
            read = from.read(&mut buffer) => match read {
                Ok(0) | Err(_) => Some(End::Cut),
                Ok(bytes) => pass(&buffer[..bytes], &mut to, control, way, &mut traffic, generation).await,
            },
            end = ended(&mut ending, generation) => Some(end),
        };
        if let Some(end) = end {
            if end == End::Reset {
                reset(from.as_ref());
                reset(to.as_ref());
            }
            return end;
        }
    }
}

/// Waits until the connections of that generation are to end.
async fn ended(traffic: &mut watch::Receiver<Traffic>, generation: usize) -> End {
    let over = |traffic: &Traffic| traffic.ended.is_some_and(|(last, _)| generation <= last);
    let traffic = traffic.wait_for(over).await.expect("the sender outlives the connection");
    traffic.ended.map_or(End::Cut, |(_, end)| end)
}

/// Forwards a chunk, if and as far as that is allowed; says how the connection is to end, if it is.
async fn pass(
    chunk: &[u8],
    to: &mut OwnedWriteHalf,
    control: &Control,
    way: Way,
    traffic: &mut watch::Receiver<Traffic>,
    generation: usize,
) -> Option<End> {
    let delay = traffic.borrow().delay;
    let mut ending = traffic.clone();
    let held = async {
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        traffic.wait_for(|traffic| !traffic.stalled).await.expect("the sender outlives the connection");
    };
    tokio::select! {
        () = held => {}
        end = ended(&mut ending, generation) => return Some(end),
    }
    let mut allowed = (chunk.len(), None);
    control.ways[way as usize].send_if_modified(|traffic| {
        if let Some((bytes, end)) = traffic.allowance {
            let over = bytes < chunk.len();
            allowed = if over { (bytes, Some(end)) } else { allowed };
            traffic.allowance = (!over).then(|| (bytes - chunk.len(), end));
        }
        false
    });
    let (bytes, end) = allowed;
    if to.write_all(&chunk[..bytes]).await.is_err() {
        return Some(End::Cut);
    }
    control.forwarded[way as usize].fetch_add(bytes, Ordering::SeqCst);
    end
}
