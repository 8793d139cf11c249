//! Stores at the end of a line, without the rest of a process around them.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer};
use larder::api::remote::{Options, Remote};
use larder::config::Role;
use larder::domain::{
    Action, Attempt, CollectionName, Condition, Consistency, Context, Document, Key, Place, Read, RequestId,
    Store, Target, Write, WriteId,
};
use larder::http::{Admission, Lifecycle, Stage};
use larder::store::embedded::{self, Embedded};
use larder::store::engine::{self, Engine};
use larder::store::handlers::Lines;
use larder::telemetry::trace::Tracer;
use larder::wire::line::{CONNECTION_WINDOW, STREAM_WINDOW};
use tempfile::TempDir;

use super::clock::TestClock;

/// A store process, but for the process.
pub struct Node {
    /// Where it takes lines.
    pub address: SocketAddr,
    /// Its stages.
    pub lifecycle: Lifecycle,
    handle: ServerHandle,
}

impl Node {
    /// Takes lines to a store.
    pub fn start(store: Arc<dyn Store>) -> Node {
        Node::serve(store, None)
    }

    /// Takes lines to a store through TLS.
    pub fn start_secured(store: Arc<dyn Store>, tls: rustls::ServerConfig) -> Node {
        Node::serve(store, Some(tls))
    }

    fn serve(store: Arc<dyn Store>, tls: Option<rustls::ServerConfig>) -> Node {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (lifecycle, admission) = (Lifecycle::default(), Admission::new(Role::Store, 100_000));
        let lines =
            Lines::new(store, admission, lifecycle.clone(), Tracer::default()).expect("random numbers");
        let server = HttpServer::new(move || App::new().configure(|config| lines.configure(config)))
            .workers(1)
            .tcp_nodelay(true)
            .h2_initial_window_size(STREAM_WINDOW)
            .h2_initial_connection_window_size(CONNECTION_WINDOW)
            .shutdown_timeout(20)
            .disable_signals();
        let server = match tls {
            Some(tls) => server.listen_rustls_0_23(listener, tls),
            None => server.listen_auto_h2c(listener),
        };
        let server = server.expect("a listener").run();
        let handle = server.handle();
        tokio::spawn(server);
        Node { address, lifecycle, handle }
    }

    /// Ends as a process does that was told to. Says how long it took.
    pub async fn stop(self) -> Duration {
        let began = Instant::now();
        self.lifecycle.enter(Stage::Stopping);
        self.handle.stop(true).await;
        began.elapsed()
    }

    /// Ends as a process does that was killed, as far as one thread of it can.
    pub async fn kill(self) {
        self.handle.stop(false).await;
    }
}

/// An embedded store in a directory of its own.
pub struct Kept {
    /// The store.
    pub store: Arc<dyn Store>,
    _directory: TempDir,
}

/// An embedded store in a new directory.
pub fn embedded() -> Kept {
    let directory = tempfile::tempdir().expect("a directory");
    let clock = Arc::new(TestClock::new());
    let backend = Embedded::open(embedded::Options::new(directory.path()), clock.clone());
    let backend = backend.unwrap_or_else(|error| panic!("{error}"));
    let store = Engine::new(backend, engine::Options { auto_create: true }, clock);
    Kept { store: Arc::new(store), _directory: directory }
}

/// The store at an address, seen from the other end.
pub fn remote(address: SocketAddr) -> Arc<Remote> {
    Remote::new(Options::new(address.ip().to_string(), address.port())).expect("an HTTP client")
}

/// Waits until the store at the other end answers: how soon a line is made is not what every test is about.
///
/// # Panics
/// If it does not within a minute.
pub async fn until_ready(store: &dyn Store) {
    for _ in 0..60 {
        match store.ready(&within(Duration::from_secs(1))).await {
            Ok(()) => return,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    panic!("no store answers");
}

/// The context of a request that waits that long.
pub fn within(patience: Duration) -> Context {
    let request_id = RequestId::parse("it").expect("a request id");
    Context::new(request_id, Instant::now() + patience)
}

/// An item of the collection `things`.
pub fn target(key: &str) -> Target {
    let key = Key::parse(key, Place::Parameter("key".into())).expect("a key");
    Target { collection: CollectionName::parse("things").expect("a name"), key }
}

/// A strong read.
pub fn read(key: &str) -> Read {
    Read { target: target(key), consistency: Consistency::Strong, min_version: None, want_document: true }
}

/// An unconditional write.
pub fn write(key: &str, action: Action, write_id: u64) -> Write {
    Write {
        target: target(key),
        action,
        condition: Condition::default(),
        exempt: false,
        ttl: None,
        write_id: WriteId::from_bits(write_id),
        keyed: false,
        token: None,
        attempt: Attempt::First,
        want_document: false,
    }
}

/// Stores a document.
pub fn put(text: impl Into<String>) -> Action {
    Action::Put(Document::parse(text.into().into()).expect("a document"))
}
