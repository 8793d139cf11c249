//! Callers that never stop, and take no failure.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::{join, join_all};
use larder::domain::Store;

use super::lines::{put, read, within, write};

const PATIENCE: Duration = Duration::from_secs(10);

/// Writes and reads until the work is done; says how many calls that were. A call that fails fails the test.
pub async fn under_load(store: &impl Store, work: impl Future<Output = ()>) -> u64 {
    // Each write has a number of its own, in whatever process of the test it is made.
    static WRITES: AtomicU64 = AtomicU64::new(1 << 40);
    let (done, over) = (Cell::new(0), Cell::new(false));
    let caller = async |caller: u64| {
        while !over.get() {
            let (key, number) = (format!("k{caller}"), WRITES.fetch_add(1, Ordering::Relaxed));
            let write = write(&key, put(format!("[{number}]")), number);
            store.write(&within(PATIENCE), write).await.expect("a write");
            store.read(&within(PATIENCE), read(&key)).await.expect("a read");
            done.set(done.get() + 2);
        }
    };
    let work = async {
        work.await;
        over.set(true);
    };
    join(work, join_all((0..8).map(caller))).await;
    done.get()
}
