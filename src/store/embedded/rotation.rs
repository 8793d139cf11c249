//! Rotates the engine's memtables where its worker has no time for it.
//!
//! While a memtable is full, the engine asks its one worker after each commit to put another in its place. During a long
//! compaction those requests pile up, and a worker that then finds no place for a request of its own waits for one
//! for ever (<https://github.com/fjall-rs/fjall/pull/323>): nothing leaves memory any more. So whoever has asked in vain a
//! few times does it himself. The engine takes four full memtables and then lets writers wait.

use fjall::{AbstractTree, Keyspace};

/// Commits after which the worker was asked in vain. With all keyspaces full at once, and as many memtables of each as
/// the engine takes, that is less than half of the thousand requests for which it has places.
const PATIENCE: usize = 8;

/// Knows how often the worker was asked.
#[derive(Default)]
pub(super) struct Rotation {
    asked: usize,
}

impl Rotation {
    /// To be called after each commit, with all keyspaces and the bytes that a memtable of each may have.
    ///
    /// # Errors
    /// Where the engine can't go on.
    pub(super) fn look<'a>(
        &mut self,
        keyspaces: impl Iterator<Item = (&'a Keyspace, u64)> + Clone,
    ) -> fjall::Result<()> {
        let mut full = keyspaces.filter(|(keyspace, most)| keyspace.tree.active_memtable().size() > *most);
        if full.clone().next().is_none() {
            self.asked = 0;
            return Ok(());
        }
        self.asked += 1;
        if self.asked < PATIENCE {
            return Ok(());
        }
        self.asked = 0;
        full.try_for_each(|(keyspace, _)| keyspace.rotate_memtable().map(drop))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use fjall::{Database, KeyspaceCreateOptions};

    use super::*;

    const MOST: u64 = 256 * 1024;
    const ROW: [u8; 1024] = [7; 1024];

    #[test]
    fn a_worker_that_cannot_keep_up_does_not_let_memtables_grow_and_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::builder(directory.path()).worker_threads(1).open().unwrap();
        let options = || KeyspaceCreateOptions::default().max_memtable_size(MOST);
        let keyspace = database.keyspace("items", options).unwrap();
        let mut rotation = Rotation::default();
        for number in 0..10_000_u32 {
            keyspace.insert(number.to_be_bytes(), ROW).unwrap();
            rotation.look([(&keyspace, MOST)].into_iter()).unwrap();
            let size = keyspace.tree.active_memtable().size();
            assert!(size < MOST + 2 * (PATIENCE * ROW.len()) as u64, "{size} bytes after {number} rows");
        }
        let until = Instant::now() + Duration::from_secs(60);
        while keyspace.sealed_memtable_count() > 0 {
            assert!(Instant::now() < until, "the worker has stopped");
            std::thread::yield_now();
        }
    }
}
