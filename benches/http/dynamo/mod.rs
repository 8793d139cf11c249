//! What the part on `DynamoDB` needs: endpoints, the store over one, the bare SDK, and a loop that drives both.

pub mod canned;
pub mod drive;
pub mod local;
pub mod sdk;
pub mod store;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use larder::domain::Clock as _;
use larder::run::SystemClock;

/// The table.
pub const TABLE: &str = "larder";
/// The collection.
pub const COLLECTION: &str = "bench";
/// The partition of its only shard.
pub const PARTITION: &str = "bench#0";
/// The end of what never ends, in milliseconds.
pub const NEVER: &str = "1000000000000000";
/// Calls at once.
pub const CONCURRENCY: usize = 64;
/// Keys that are read and written: no two places write the same, so that no call has to wait for another.
pub const DRIVEN: usize = crate::load::KEYS - crate::load::KEYS % CONCURRENCY;
/// Reads that a caller asks for at once.
pub const TOGETHER: usize = 8;

/// One of the keys that are read and written.
pub fn key(number: usize) -> String {
    format!("key-{:04}", number % DRIVEN + 1)
}

/// The id of a write, which no other has: a store remembers those that it has seen, and so does an item.
pub fn next_write() -> u64 {
    static NEXT: LazyLock<AtomicU64> = LazyLock::new(|| AtomicU64::new(SystemClock.now().micros()));
    NEXT.fetch_add(1, Ordering::Relaxed)
}
