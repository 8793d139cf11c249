//! Waits for the engine to bring what it has in memory to the disk, as long as it can.
//!
//! The engine lets a commit wait, too, but for ever: it looks at nothing but how many memtables are full, which its one worker
//! never lowers again once it has ended, for want of space or of files. So no commit begins that might have to wait there.

use std::time::Duration;

use fjall::{AbstractTree, Database, Keyspace, PersistMode};

/// Memtables that wait to be brought to the disk. The engine waits at four; a commit may bring one more, and the worker another.
const FULL: usize = 2;
/// Runs of tables that wait to be compacted. The engine waits at thirty.
const RUNS: usize = 28;
const POLL: Duration = Duration::from_millis(2);

/// Returns when the engine has room in these for a commit.
///
/// # Errors
/// The engine takes no writes any more.
pub(super) fn wait_for_room<'a>(
    database: &Database,
    keyspaces: &(impl Iterator<Item = &'a Keyspace> + Clone),
) -> fjall::Result<()> {
    let has_none = |keyspace: &Keyspace| {
        keyspace.tree.sealed_memtable_count() > FULL || keyspace.tree.l0_run_count() >= RUNS
    };
    while keyspaces.clone().any(has_none) {
        // Fails where the worker has.
        database.persist(PersistMode::Buffer)?;
        std::thread::sleep(POLL);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use fjall::KeyspaceCreateOptions;

    use super::*;

    #[test]
    fn an_engine_whose_worker_has_ended_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::builder(directory.path()).worker_threads(1).open().unwrap();
        let keyspace = database.keyspace("items", KeyspaceCreateOptions::default).unwrap();
        wait_for_room(&database, &[&keyspace].into_iter()).unwrap();
        let full = |keyspace: &Keyspace| keyspace.tree.sealed_memtable_count() > FULL;
        // The worker is not told of these.
        while !full(&keyspace) {
            keyspace.insert("a", "1").unwrap();
            keyspace.tree.rotate_memtable();
        }
        // No table can be written any more.
        std::fs::remove_dir_all(directory.path().join("keyspaces")).unwrap();
        keyspace.insert("a", "1").unwrap();
        keyspace.rotate_memtable().unwrap();
        let (ended, waits) = mpsc::channel();
        std::thread::spawn(move || {
            while wait_for_room(&database, &[&keyspace].into_iter()).is_ok() {}
            ended.send(full(&keyspace)).unwrap();
        });
        let still_full = waits.recv_timeout(Duration::from_secs(30)).expect("it does not wait for ever");
        assert!(still_full, "the engine has made no room");
    }
}
