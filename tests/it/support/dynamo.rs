//! Tables to test on: in an emulator inside this process, or in Amazon's DynamoDB Local, where it runs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dynoxide::Database;
use larder::domain::Store;
use larder::store::dynamo::{Billing, Dynamo, Options, Table};
use larder::store::engine::{self, Engine};
use tokio::sync::oneshot;

use super::clock::TestClock;
use super::environment;

/// Names the address of a DynamoDB Local that the tests may use.
const LOCAL: &str = "LARDER_DYNAMODB_LOCAL";

/// Something that speaks as DynamoDB does.
pub struct Emulator {
    /// Where it listens.
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
}

impl Emulator {
    /// Starts one that holds nothing.
    pub async fn start() -> Emulator {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let database = Database::memory().expect("a database in memory");
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            tokio::select! {
                served = dynoxide::server::serve_on(listener, database) => served,
                () = stopped => {}
            }
        });
        Emulator { address, stop: Some(stop) }
    }

    /// Amazon's own, if the environment says where it is.
    pub fn local() -> Option<Emulator> {
        let address = environment::text(LOCAL)?;
        let address = address.parse().unwrap_or_else(|_| panic!("{LOCAL} is an address and a port"));
        Some(Emulator { address, stop: None })
    }

    /// Options for a new table in it, which is made.
    pub async fn table(&self) -> Options {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let options = Options {
            endpoint: Some(format!("http://{}", self.address)),
            // An emulator that was not optimised takes seconds for megabytes.
            attempt_timeout: Duration::from_secs(10),
            ..Options::new(format!("larder-{}-{number}", std::process::id()))
        };
        // Nothing is collected while a test looks: its clock is not that of the emulator.
        let made = Table::new(&options).await.create(Billing::OnDemand).await;
        made.unwrap_or_else(|error| panic!("{error}"));
        options
    }

    /// Stops it, if it is ours.
    pub fn stop(mut self) {
        drop(self.stop.take());
    }
}

/// A store over a table.
pub async fn store(options: Options, clock: &Arc<TestClock>, engine: engine::Options) -> Arc<dyn Store> {
    let backend = Dynamo::new(options, Arc::<TestClock>::clone(clock)).await;
    Arc::new(Engine::new(backend, engine, Arc::<TestClock>::clone(clock)))
}
