//! The stores that the contract is tried on.

use std::sync::Arc;

use larder::domain::Store;
use larder::store::embedded::{self, Embedded};
use larder::store::engine::{Engine, Options};
use tempfile::TempDir;

use super::clock::TestClock;
use super::dynamo::{self, Emulator};
use super::lines::{self, Node};

/// Which implementation of `domain::Store`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The engine over the embedded backend in a folder of its own.
    Embedded,
    /// The line over a socket to the same.
    Remote,
    /// The engine over a table in an emulator of DynamoDB, through the SDK of AWS.
    Dynamo,
    /// The line over a socket to the same.
    RemoteDynamo,
    /// The engine over a table in Amazon's DynamoDB Local.
    DynamoLocal,
}

/// A store that holds nothing, and the clock that it lives by.
pub struct Fixture {
    pub store: Arc<dyn Store>,
    pub clock: Arc<TestClock>,
    node: Option<Node>,
    data: Data,
}

/// What a store keeps its data in.
enum Data {
    Directory(TempDir),
    Table(Emulator),
}

impl Fixture {
    /// Opens a store.
    pub async fn open(kind: Kind) -> Fixture {
        Fixture::with(kind, Options { auto_create: true }).await
    }

    /// Opens a store that is told this.
    pub async fn with(kind: Kind, options: Options) -> Fixture {
        let clock = Arc::new(TestClock::new());
        let (store, data) = match kind {
            Kind::Embedded | Kind::Remote => {
                let data = directory();
                (embedded(&data, &clock, options), Data::Directory(data))
            }
            Kind::Dynamo | Kind::RemoteDynamo | Kind::DynamoLocal => {
                let emulator = match kind {
                    Kind::DynamoLocal => Emulator::local().expect("asked for only where it is there"),
                    _ => Emulator::start().await,
                };
                let table = emulator.table().await;
                (dynamo::store(table, &clock, options).await, Data::Table(emulator))
            }
        };
        match kind {
            Kind::Embedded | Kind::Dynamo | Kind::DynamoLocal => Fixture { store, clock, node: None, data },
            Kind::Remote | Kind::RemoteDynamo => {
                let node = Node::start(store);
                let store: Arc<dyn Store> = lines::remote(node.address);
                lines::until_ready(&*store).await;
                Fixture { store, clock, node: Some(node), data }
            }
        }
    }

    /// Closes it, and removes what it left.
    pub async fn close(self) {
        let Fixture { store, node, data, .. } = self;
        drop(store);
        if let Some(node) = node {
            node.stop().await;
        }
        match data {
            Data::Directory(directory) => drop(directory),
            Data::Table(emulator) => emulator.stop(),
        }
    }
}

fn embedded(data: &TempDir, clock: &Arc<TestClock>, options: Options) -> Arc<dyn Store> {
    let place = embedded::Options { cache_bytes: 8 * 1024 * 1024, ..embedded::Options::new(data.path()) };
    let backend = Embedded::open(place, Arc::<TestClock>::clone(clock)).expect("a fresh directory");
    Arc::new(Engine::new(backend, options, Arc::<TestClock>::clone(clock)))
}

/// A directory for data whose way to the disk is not what is tested: in memory, where the system has such a place,
/// since a busy disk takes milliseconds for each write.
pub fn directory() -> TempDir {
    let in_memory = tempfile::tempdir_in("/dev/shm");
    in_memory.or_else(|_| tempfile::tempdir()).expect("a directory")
}
