//! Disks that are busy, or nearly full: what waits for them, how long, and how much of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use fjall::AbstractTree as _;
use tempfile::tempdir;

use super::{Hand, context, delete_change, open, put, put_change, single, text};
use crate::domain::{Context, Kind};
use crate::store::backend::{Backend, Single};
use crate::store::embedded::space::Space;
use crate::store::embedded::{Embedded, Options};

/// Lets no sync end, until it is told to.
fn keep_busy(store: &Arc<Embedded>) -> Sender<()> {
    let (slow, (busy, is_busy), (done, is_done)) = (Arc::clone(store), channel(), channel());
    std::thread::spawn(move || {
        let _held = slow.shared.disk.busy.lock().unwrap();
        busy.send(()).unwrap();
        is_done.recv().unwrap();
    });
    is_busy.recv().unwrap();
    done
}

#[tokio::test]
async fn nobody_waits_for_a_slow_disk_beyond_the_deadline() {
    let directory = tempdir().unwrap();
    let clock = Hand::at(1000);
    let store = open(directory.path(), &clock);
    put(&store, "a", "1", 1).await.unwrap();
    let soon = || Context { deadline: Instant::now() + Duration::from_millis(30), ..context() };
    let done = keep_busy(&store);
    // The first is on its way to the disk, the second waits for its turn behind it.
    for write in [2, 3] {
        let change = single(put_change("a", &write.to_string()), write);
        let error = store.change(&soon(), change).await.unwrap_err();
        assert_eq!(error.kind(), Kind::OutcomeUnknown);
    }
    done.send(()).unwrap();
    put(&store, "b", "1", 4).await.unwrap();
    assert_eq!(text(&store, "a").await.unwrap(), "2", "the second came too late to be begun");
}

/// Documents that are found and given are in memory until their turn ends, which is bounded by them, too.
#[tokio::test]
async fn a_turn_ends_when_it_holds_enough() {
    let directory = tempdir().unwrap();
    let clock = Hand::at(1000);
    let options = Options { turn_bytes: 2 * 1024 * 1024, ..Options::new(directory.path()) };
    let store = Embedded::open(options, clock).unwrap();
    let large = format!("\"{}\"", "x".repeat(390_000));
    let turns = async |changes: Vec<Single>| {
        let before = store.shared.disk.syncs.load(Ordering::Relaxed);
        let done = keep_busy(&store);
        let all = changes.into_iter().map(|change| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.change(&context(), change).await.map(drop) })
        });
        let all: Vec<_> = all.collect();
        // All but those of the turn that waits for the disk are waiting for theirs.
        tokio::task::yield_now().await;
        done.send(()).unwrap();
        for one in all {
            one.await.unwrap().unwrap();
        }
        store.shared.disk.syncs.load(Ordering::Relaxed) - before
    };
    let puts = |text: &str, from: u64| {
        (0..40).map(|n| single(put_change(&format!("k{n}"), text), from + n)).collect()
    };
    // However many of them are in the turn that waits for the disk.
    assert!((4..=9).contains(&turns(puts(&large, 1)).await), "16 MB that are given");
    assert!((4..=9).contains(&turns(puts("1", 201)).await), "16 MB that are read");
    assert!(turns(puts("2", 401)).await <= 3, "next to nothing");
}

#[tokio::test]
async fn a_disk_that_is_nearly_full_takes_deletions_until_there_is_room() {
    let directory = tempdir().unwrap();
    let store = open(directory.path(), &Hand::at(1000));
    put(&store, "a", "1", 1).await.unwrap();
    // It is looked at every second.
    let until = async |taken: bool| {
        let patience = Instant::now() + Duration::from_secs(30);
        for write in 10.. {
            let tried = put(&store, "b", "1", write).await;
            if tried.is_ok() == taken {
                return tried.err();
            }
            assert!(Instant::now() < patience, "{tried:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        None
    };
    *store.shared.disk.space.lock().unwrap() = Some(Space { free: 1 << 20, total: 1 << 40 });
    let refused = until(false).await.unwrap();
    assert_eq!((refused.kind(), refused.retry_after()), (Kind::StoreUnavailable, Some(30)));
    assert_eq!(text(&store, "a").await.unwrap(), "1");
    store.change(&context(), single(delete_change("a"), 2)).await.unwrap();
    // What was deleted is brought to the disk, where it can be compacted away.
    let spaces = Arc::clone(&store.shared.view.load().spaces);
    let patience = Instant::now() + Duration::from_secs(30);
    while !spaces.items.tree.active_memtable().is_empty() {
        assert!(Instant::now() < patience, "the deletion is in memory still");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    *store.shared.disk.space.lock().unwrap() = None;
    assert!(until(true).await.is_none());
}
