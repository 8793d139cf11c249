//! The embedded backend over real directories, with a clock that stands until it is moved.

mod damage;
mod disk;
mod durability;
mod encoding;
mod increments;
mod repeats;
mod restore;
mod writes;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ::bytes::Bytes;

use crate::domain::{
    Attempt, Clock, CollectionName, Condition, Consistency, Context, Document, Key, Place, Reply, RequestId,
    Timestamp, Token, WriteId, Written,
};
use crate::store::backend::{Action, Address, Backend, Change, Lifetime, Row, Scan, Single, Together};

use super::space::Space;
use super::{Embedded, Options};

/// A disk that does what a test says.
#[derive(Default)]
pub(super) struct Disk {
    /// The next sync fails, as a failing disk does.
    failing: AtomicBool,
    /// A sync waits until this is free.
    busy: Mutex<()>,
    /// How often something was to be synced.
    syncs: AtomicU64,
    /// The room that it has.
    space: Mutex<Option<Space>>,
}

impl Disk {
    pub(super) fn space(&self, directory: &Path) -> std::io::Result<Space> {
        self.space.lock().unwrap().map_or_else(|| Space::of(directory), Ok)
    }

    pub(super) fn sync(&self) -> fjall::Result<()> {
        self.syncs.fetch_add(1, Ordering::Relaxed);
        drop(self.busy.lock().unwrap());
        if self.failing.load(Ordering::Relaxed) {
            return Err(fjall::Error::Io(std::io::Error::other("the test says so")));
        }
        Ok(())
    }
}

/// A clock that is moved by hand.
struct Hand(AtomicU64);

impl Hand {
    fn at(seconds: u64) -> Arc<Hand> {
        Arc::new(Hand(AtomicU64::new(seconds * 1_000_000)))
    }

    fn forward(&self, seconds: u64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    fn back(&self, seconds: u64) {
        self.0.fetch_sub(seconds * 1_000_000, Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

fn open(path: &Path, clock: &Arc<Hand>) -> Arc<Embedded> {
    Embedded::open(Options::new(path), Arc::clone(clock) as Arc<dyn Clock>).unwrap()
}

fn context() -> Context {
    let deadline = Instant::now() + Duration::from_secs(60);
    Context::new(RequestId::parse("test").unwrap(), deadline)
}

fn name(text: &str) -> CollectionName {
    CollectionName::parse(text).unwrap()
}

fn address(key: &str) -> Address {
    let key = Key::parse(key, Place::Parameter("key".into())).unwrap();
    Address { collection: name("notes"), shard: 0, key }
}

fn document(text: &str) -> Document {
    Document::parse(Bytes::copy_from_slice(text.as_bytes())).unwrap()
}

fn put_change(key: &str, text: &str) -> Change {
    Change {
        address: address(key),
        action: Action::Put(document(text)),
        condition: Condition::default(),
        by_caller: true,
        lifetime: Lifetime::At(None),
        create_collection: true,
    }
}

fn delete_change(key: &str) -> Change {
    Change { action: Action::Delete, ..put_change(key, "0") }
}

fn single(change: Change, write: u64) -> Single {
    Single {
        change,
        write_id: WriteId::from_bits(write << 24),
        keyed: false,
        token: None,
        attempt: Attempt::First,
        want_document: false,
    }
}

fn all(changes: Vec<Change>, write: u64) -> Together {
    Together { changes, write_id: WriteId::from_bits(write << 24), token: None, attempt: Attempt::First }
}

fn token(id: u8, content: u8) -> Token {
    Token { id: [id; 16], content: [content; 16] }
}

/// Stores a text under a key, as the write of that number.
async fn put(store: &Embedded, key: &str, text: &str, write: u64) -> Reply<Written> {
    store.change(&context(), single(put_change(key, text), write)).await
}

async fn row(store: &Embedded, key: &str) -> Option<Row> {
    store.get(&context(), &address(key), Consistency::Strong).await.unwrap().value
}

async fn text(store: &Embedded, key: &str) -> Option<String> {
    let row = row(store, key).await?;
    Some(String::from_utf8(row.item.document.bytes().to_vec()).unwrap())
}

fn scan_all() -> Scan {
    Scan {
        collection: name("notes"),
        shard: 0,
        lower: Vec::new(),
        upper: None,
        reverse: false,
        limit: 1000,
        bytes: crate::domain::limits::PAGE_BYTES,
        values: true,
        consistency: Consistency::Strong,
    }
}

async fn scan(store: &Embedded, scan: Scan) -> (Vec<String>, bool) {
    let rows = store.scan(&context(), scan).await.unwrap().value;
    (rows.rows.iter().map(|(key, _)| key.as_str().to_owned()).collect(), rows.more)
}
