//! Backups are of one moment and whole; restores happen entirely or not at all.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tempfile::{TempDir, tempdir};

use super::{Hand, context, name, open, put, put_change, row, scan, scan_all, single, text, token};
use crate::domain::{Kind, Ttl};
use crate::store::backend::{Backend, Lifetime, Single};
use crate::store::embedded::{Embedded, Restored};

fn whole(store: &Embedded) -> Vec<u8> {
    store.backup().map(|chunk| chunk.unwrap()).collect::<Vec<_>>().concat()
}

/// A backup that takes several turns to restore: 19 rows of 200 KB.
async fn large_backup(clock: &Arc<Hand>) -> Vec<u8> {
    let from = tempdir().unwrap();
    let store = open(from.path(), clock);
    for write in 1..20 {
        put(&store, &write.to_string(), &format!("\"{}\"", "y".repeat(200_000)), write).await.unwrap();
    }
    whole(&store)
}

async fn restore(store: &Arc<Embedded>, backup: Vec<u8>, replace: bool) -> crate::domain::Result<Restored> {
    let store = Arc::clone(store);
    tokio::task::spawn_blocking(move || store.restore(&backup[..], replace)).await.unwrap()
}

#[tokio::test]
async fn a_backup_brings_back_rows_ends_settings_keys_and_stamps() {
    let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
    let clock = Hand::at(1000);
    let store = open(from.path(), &clock);
    let mut mortal = put_change("mortal", "1");
    mortal.lifetime = Lifetime::From(Ttl::Seconds(100));
    let keyed = Single { token: Some(token(1, 1)), ..single(mortal, 1) };
    let answer = store.change(&context(), keyed.clone()).await.unwrap().value;
    for write in 2..500 {
        put(&store, &format!("k{write}"), &format!("\"{}\"", "x".repeat(5000)), write).await.unwrap();
    }
    let backup = whole(&store);
    put(&store, "later", "1", 1000).await.unwrap();

    let other = open(to.path(), &Hand::at(500));
    let restored = restore(&other, backup, false).await.unwrap();
    assert_eq!(restored, Restored { collections: 1, items: 499 });
    for key in ["mortal", "k2", "k499", "later"] {
        let expected = if key == "later" { None } else { row(&store, key).await };
        assert_eq!(row(&other, key).await, expected, "{key}");
    }
    let settings = store.collection(&context(), &name("notes")).await.unwrap().value;
    assert_eq!(other.collection(&context(), &name("notes")).await.unwrap().value, settings);
    assert_eq!(other.change(&context(), keyed).await.unwrap().value, answer);
    let next = put(&other, "new", "1", 2000).await.unwrap().value.version.unwrap();
    assert!(next.stamp > row(&store, "k499").await.unwrap().item.version.stamp);

    drop(other);
    let clock = Hand::at(1100);
    let other = open(to.path(), &clock);
    assert_eq!(row(&other, "k2").await, row(&store, "k2").await);
    other.sweep_now().await.unwrap();
    assert_eq!(row(&other, "mortal").await, None);
}

#[tokio::test]
async fn what_is_there_is_replaced_only_when_that_is_said() {
    let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
    let clock = Hand::at(1000);
    let store = open(from.path(), &clock);
    put(&store, "a", "1", 1).await.unwrap();
    let backup = whole(&store);
    let other = open(to.path(), &clock);
    put(&other, "b", "2", 2).await.unwrap();
    let error = restore(&other, backup.clone(), false).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict);
    assert_eq!(text(&other, "b").await.unwrap(), "2");
    restore(&other, backup.clone(), true).await.unwrap();
    restore(&other, backup, true).await.unwrap();
    assert_eq!(scan(&other, scan_all()).await.0, ["a"]);
    drop(other);
    assert_eq!(scan(&open(to.path(), &clock), scan_all()).await.0, ["a"]);
}

#[tokio::test]
async fn a_backup_that_is_cut_or_changed_anywhere_changes_nothing() {
    let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
    let clock = Hand::at(1000);
    let store = open(from.path(), &clock);
    for write in 1..20 {
        put(&store, &write.to_string(), "\"abcdefghijklmnop\"", write).await.unwrap();
    }
    let backup = whole(&store);
    let other = open(to.path(), &clock);
    put(&other, "b", "2", 2).await.unwrap();
    for place in (0..backup.len()).step_by(backup.len() / 25) {
        let mut flipped = backup.clone();
        flipped[place] ^= 1 << (place % 8);
        for broken in [flipped, backup[..place].to_vec()] {
            let error = restore(&other, broken, true).await.unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidParameter, "at {place}");
        }
    }
    let longer = restore(&other, [&backup[..], b"x"].concat(), true).await.unwrap_err();
    assert_eq!(longer.kind(), Kind::InvalidParameter, "nothing may stand behind the end");
    assert_eq!(scan(&other, scan_all()).await.0, ["b"]);
    put(&other, "c", "2", 3).await.unwrap();
}

/// The files as they are at this moment: what a process that is killed leaves behind.
fn left_by_a_crash(directory: &Path) -> TempDir {
    let copy = tempdir().unwrap();
    let mut rest = vec![directory.to_owned()];
    while let Some(from) = rest.pop() {
        let to = copy.path().join(from.strip_prefix(directory).unwrap());
        fs::create_dir_all(&to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                rest.push(path);
            } else {
                fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    copy
}

#[tokio::test]
async fn a_crash_during_a_restore_leaves_the_old_and_after_it_the_new() {
    let to = tempdir().unwrap();
    let clock = Hand::at(1000);
    let backup = large_backup(&clock).await;
    let other = open(to.path(), &clock);
    put(&other, "old", "1", 1).await.unwrap();
    for part in [1, 4, 7] {
        let (slow, wait, tell) = slow(&backup, backup.len() as u64 * part / 8);
        let restoring = Arc::clone(&other);
        let restore = std::thread::spawn(move || restoring.restore(slow, true));
        wait.recv().unwrap();
        let crashed = left_by_a_crash(to.path());
        drop(tell);
        assert!(restore.join().unwrap().is_err());
        for _ in 0..2 {
            let store = open(crashed.path(), &clock);
            assert_eq!(scan(&store, scan_all()).await.0, ["old"]);
            put(&store, "old", "2", 2).await.unwrap();
        }
    }
    restore(&other, backup, true).await.unwrap();
    let crashed = left_by_a_crash(to.path());
    let store = open(crashed.path(), &clock);
    assert_eq!(scan(&store, scan_all()).await.0.len(), 5);
    assert_eq!(text(&store, "old").await, None);
}

/// Ends the store, tidily or with all as its last write left it, and opens what it leaves.
async fn next_process(
    store: Arc<Embedded>,
    directory: &Path,
    killed: bool,
    clock: &Arc<Hand>,
) -> Arc<Embedded> {
    if killed {
        store.shared.disk.failing.store(true, Ordering::Relaxed);
        put(&store, "never", "1", 98).await.unwrap_err();
    }
    drop(store);
    open(directory, clock)
}

#[tokio::test]
async fn what_is_restored_after_failures_is_there_in_each_process_that_follows() {
    let clock = Hand::at(1000);
    let backup = large_backup(&clock).await;
    let half = backup[..backup.len() / 2].to_vec();
    for killed in [0b000, 0b010, 0b101, 0b111] {
        let killed = |process: u8| killed >> process & 1 == 1;
        let directory = tempdir().unwrap();
        let store = open(directory.path(), &clock);
        put(&store, "old", "1", 1).await.unwrap();
        for _ in 0..2 {
            restore(&store, half.clone(), true).await.unwrap_err();
        }
        let store = next_process(store, directory.path(), killed(0), &clock).await;
        assert_eq!(scan(&store, scan_all()).await.0, ["old"]);
        restore(&store, half.clone(), true).await.unwrap_err();
        let store = next_process(store, directory.path(), killed(1), &clock).await;
        restore(&store, backup.clone(), true).await.unwrap();
        let store = next_process(store, directory.path(), killed(2), &clock).await;
        assert_eq!(scan(&store, scan_all()).await.0.len(), 5);
        put(&store, "new", "1", 99).await.unwrap();
        let store = next_process(store, directory.path(), killed(1), &clock).await;
        assert_eq!(text(&store, "new").await.unwrap(), "1");
    }
}

/// Reads half of a backup, waits until it is told, and then fails or goes on.
struct Slow {
    rest: std::io::Cursor<Vec<u8>>,
    half: u64,
    reached: Option<Tell>,
    go_on: Told,
}

impl std::io::Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.rest.position() >= self.half
            && let Some(reached) = self.reached.take()
        {
            reached.send(()).unwrap();
            self.go_on.recv().map_err(std::io::Error::other)?;
        }
        let left = usize::try_from(self.half.saturating_sub(self.rest.position())).unwrap();
        let most = if left == 0 { buffer.len() } else { left.min(buffer.len()) };
        self.rest.read(&mut buffer[..most])
    }
}

type Told = std::sync::mpsc::Receiver<()>;
type Tell = std::sync::mpsc::Sender<()>;

/// A reader of a backup that waits at a byte, how to learn that it does, and how to let it go on.
fn slow(backup: &[u8], half: u64) -> (Slow, Told, Tell) {
    let (reached, wait) = std::sync::mpsc::channel();
    let (tell, go_on) = std::sync::mpsc::channel();
    let rest = std::io::Cursor::new(backup.to_vec());
    (Slow { rest, half, reached: Some(reached), go_on }, wait, tell)
}

#[tokio::test]
async fn during_a_restore_reads_see_the_old_and_writes_are_refused() {
    let to = tempdir().unwrap();
    let clock = Hand::at(1000);
    let backup = large_backup(&clock).await;
    let other = open(to.path(), &clock);
    put(&other, "old", "1", 1).await.unwrap();
    for fails in [true, false] {
        let (slow, wait, tell) = slow(&backup, backup.len() as u64 / 2);
        let restoring = Arc::clone(&other);
        let restore = std::thread::spawn(move || restoring.restore(slow, true));
        wait.recv().unwrap();
        assert_eq!(text(&other, "old").await.unwrap(), "1");
        let refused = put(&other, "new", "1", 2).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::StoreUnavailable);
        if fails {
            drop(tell);
            assert!(restore.join().unwrap().is_err());
            // The guard's abort goes before this write in the queue.
            put(&other, "old", "1", 3).await.unwrap();
            assert_eq!(scan(&other, scan_all()).await.0, ["old"]);
        } else {
            tell.send(()).unwrap();
            assert_eq!(restore.join().unwrap().unwrap().items, 19);
            assert_eq!(scan(&other, scan_all()).await.0.len(), 5);
        }
    }
}
