//! Frees the engine's memtables on a thread of its own.
//!
//! The engine drops a memtable when its rows are in a table, under a lock that every read and every write needs. That
//! frees up to 32 MiB in small pieces, and takes 15 ms. Who holds the memtable as well makes that a matter of nothing.

use std::any::Any;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread::Builder;
use std::time::{Duration, Instant};

use fjall::{AbstractTree, Keyspace};

/// How often it is looked for memtables, new and done with. To fill one takes longer.
const EVERY: Duration = Duration::from_millis(5);

/// The engine does not tell its type.
type Memtable = Arc<dyn Any + Send + Sync>;

/// Those that the engine has, and those that nobody has any more but we.
pub(super) struct Memtables {
    held: Vec<Memtable>,
    looked: Option<Instant>,
    freeing: Sender<Memtable>,
}

impl Memtables {
    /// Starts the thread. It ends when this is dropped.
    pub(super) fn start() -> io::Result<Memtables> {
        let (freeing, freed) = mpsc::channel();
        Builder::new().name("store-freeing".into()).spawn(move || freed.into_iter().for_each(drop))?;
        Ok(Memtables { held: Vec::new(), looked: None, freeing })
    }

    /// Holds what the keyspaces write to now, and has those freed that the engine is done with.
    pub(super) fn look<'a>(&mut self, now: Instant, keyspaces: impl IntoIterator<Item = &'a Keyspace>) {
        if self.looked.is_some_and(|looked| now.duration_since(looked) < EVERY) {
            return;
        }
        self.looked = Some(now);
        for keyspace in keyspaces {
            let active: Memtable = keyspace.tree.active_memtable();
            if !self.held.iter().any(|held| same(held, &active)) {
                self.held.push(active);
            }
        }
        for memtable in self.held.extract_if(.., |held| Arc::strong_count(held) == 1) {
            // Without the thread, it is freed here.
            drop(self.freeing.send(memtable));
        }
    }
}

fn same(one: &Memtable, other: &Memtable) -> bool {
    std::ptr::addr_eq(Arc::as_ptr(one), Arc::as_ptr(other))
}

#[cfg(test)]
mod tests {
    use std::sync::Weak;

    use fjall::{Database, KeyspaceCreateOptions};

    use super::*;

    /// Writes something, and brings it into a table.
    fn flush(keyspace: &Keyspace) {
        keyspace.insert("a", "1").unwrap();
        keyspace.rotate_memtable_and_wait().unwrap();
    }

    #[test]
    fn a_memtable_is_freed_when_the_engine_is_done_with_it_and_not_by_the_engine() {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::builder(directory.path()).worker_threads(1).open().unwrap();
        let keyspace = database.keyspace("items", KeyspaceCreateOptions::default).unwrap();
        let mut memtables = Memtables::start().unwrap();
        let began = Instant::now();
        memtables.look(began, [&keyspace]);
        memtables.look(began + EVERY, [&keyspace]);
        assert_eq!(memtables.held.len(), 1, "one that is held already");
        let first: Weak<_> = Arc::downgrade(&memtables.held[0]);

        // The engine keeps what it replaced until its next flush.
        let until = Instant::now() + Duration::from_secs(60);
        while first.strong_count() > 1 {
            assert!(Instant::now() < until, "the engine never let go of it");
            flush(&keyspace);
        }
        assert_eq!(first.strong_count(), 1, "we hold it still");
        memtables.look(began + 2 * EVERY, [&keyspace]);
        while first.strong_count() > 0 {
            assert!(Instant::now() < until, "the thread never freed it");
            std::thread::yield_now();
        }
        assert_eq!(memtables.held.len(), 1, "what is written to now");
    }
}
