//! What is acknowledged stays: over a restart, with the clock set back, and with one directory for one process.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::tempdir;

use super::{Hand, all, context, name, open, put, put_change, row, single, text, token};
use crate::domain::{Clock, Context, Kind};
use crate::store::backend::{Backend, Lifetime};
use crate::store::embedded::acked::Acked;
use crate::store::embedded::{Embedded, OpenError, Options, journal};

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let directory = tempdir().unwrap();
    let clock = Hand::at(1000);
    let before = {
        let store = open(directory.path(), &clock);
        let mut once = all(vec![put_change("a", "1")], 1);
        once.token = Some(token(1, 1));
        let outcome = store.together(&context(), once).await.unwrap().value;
        let collection = store.collection(&context(), &name("notes")).await.unwrap().value;
        (outcome, row(&store, "a").await, collection)
    };
    for _ in 0..3 {
        let store = open(directory.path(), &clock);
        let mut once = all(vec![put_change("a", "1")], 1);
        once.token = Some(token(1, 1));
        let outcome = store.together(&context(), once).await.unwrap().value;
        let collection = store.collection(&context(), &name("notes")).await.unwrap().value;
        assert_eq!((outcome, row(&store, "a").await, collection), before);
    }
}

#[tokio::test]
async fn stamps_grow_even_where_the_clock_goes_back_over_a_restart() {
    let directory = tempdir().unwrap();
    let clock = Hand::at(5000);
    let before = put(&open(directory.path(), &clock), "a", "1", 1).await.unwrap().value.version.unwrap();
    clock.back(3000);
    let store = open(directory.path(), &clock);
    let after = put(&store, "b", "1", 2).await.unwrap().value.version.unwrap();
    assert!(after.stamp > before.stamp);
}

#[tokio::test]
async fn expiry_goes_on_over_a_restart() {
    let directory = tempdir().unwrap();
    let clock = Hand::at(1000);
    let mut change = put_change("a", "1");
    change.lifetime = Lifetime::From(crate::domain::Ttl::Seconds(5));
    open(directory.path(), &clock).change(&context(), single(change, 1)).await.unwrap();
    clock.forward(5);
    let store = open(directory.path(), &clock);
    store.sweep_now().await.unwrap();
    assert_eq!(row(&store, "a").await, None);
}

#[tokio::test]
async fn a_second_process_is_told_so() {
    let directory = tempdir().unwrap();
    let clock = Hand::at(1000);
    let first = open(directory.path(), &clock);
    let second = Embedded::open(Options::new(directory.path()), Arc::clone(&clock) as Arc<dyn Clock>);
    let error = second.err().unwrap();
    assert!(matches!(error, OpenError::Locked { .. }));
    assert!(error.to_string().starts_with("another process uses"));
    drop(first);
    open(directory.path(), &clock);
}

#[tokio::test]
async fn a_newer_format_is_told_so() {
    let directory = tempdir().unwrap();
    drop(open(directory.path(), &Hand::at(1000)));
    std::fs::write(directory.path().join("format"), "larder embedded store, format 2\n").unwrap();
    let error = Embedded::open(Options::new(directory.path()), Hand::at(1000)).err().unwrap();
    assert!(matches!(error, OpenError::NewerFormat { found: 2, known: 1, .. }));
}

#[tokio::test]
async fn a_write_whose_deadline_has_passed_is_not_begun() {
    let directory = tempdir().unwrap();
    let store = open(directory.path(), &Hand::at(1000));
    let deadline = Instant::now().checked_sub(Duration::from_millis(1)).unwrap();
    let late = Context { deadline, ..context() };
    let error = store.change(&late, single(put_change("a", "1"), 1)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::DeadlineExceeded);
    assert_eq!(text(&store, "a").await, None);
}

#[tokio::test]
async fn a_full_queue_says_when_to_come_again() {
    let directory = tempdir().unwrap();
    let options = Options { queue_jobs: 2, ..Options::new(directory.path()) };
    let store = Embedded::open(options, Hand::at(1000)).unwrap();
    let writes = (1..=300).map(|write| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { put(&store, &write.to_string(), "1", write).await })
    });
    let outcomes = futures_util::future::join_all(writes).await;
    let refused: Vec<_> = outcomes.into_iter().filter_map(|outcome| outcome.unwrap().err()).collect();
    assert!(refused.iter().all(|error| error.kind() == Kind::Overloaded && error.retry_after() == Some(1)));
    assert!(!refused.is_empty());
}

#[tokio::test]
async fn what_a_crash_left_of_making_a_database_is_cleared_away() {
    let directory = tempdir().unwrap();
    let clock = Hand::at(1000);
    drop(open(directory.path(), &clock));
    std::fs::rename(directory.path().join("engine"), directory.path().join("engine.new")).unwrap();
    let store = open(directory.path(), &clock);
    put(&store, "a", "1", 1).await.unwrap();
    assert_eq!(text(&store, "a").await.unwrap(), "1");
}

#[tokio::test]
async fn after_a_failed_sync_nothing_is_written_and_nobody_is_told_that_it_was() {
    let directory = tempdir().unwrap();
    let clock = Hand::at(1000);
    let store = open(directory.path(), &clock);
    put(&store, "a", "1", 1).await.unwrap();
    store.ready(&context()).await.unwrap();
    store.shared.disk.failing.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(put(&store, "a", "2", 2).await.unwrap_err().kind(), Kind::OutcomeUnknown);
    store.shared.disk.failing.store(false, std::sync::atomic::Ordering::Relaxed);
    for _ in 0..2 {
        assert_eq!(put(&store, "a", "3", 3).await.unwrap_err().kind(), Kind::StoreUnavailable);
        assert_eq!(store.ready(&context()).await.unwrap_err().kind(), Kind::StoreUnavailable);
    }
    assert_eq!(text(&store, "a").await.unwrap(), "1");
    drop(store);
    let store = open(directory.path(), &clock);
    assert_eq!(text(&store, "a").await.unwrap(), "1");
    put(&store, "a", "3", 3).await.unwrap();
}

/// What may become of a directory while its database is open.
fn mishaps() -> [fn(&Path); 4] {
    [
        |data| fs::remove_dir_all(data).unwrap(),
        |data| fs::remove_dir_all(data.join("engine")).unwrap(),
        |data| fs::rename(data, data.with_file_name("elsewhere")).unwrap(),
        |data| {
            fs::rename(data, data.with_file_name("elsewhere")).unwrap();
            drop(open(data, &Hand::at(1000)));
        },
    ]
}

#[tokio::test]
async fn no_write_is_acknowledged_that_lies_where_nobody_finds_it() {
    for mishap in mishaps() {
        let directory = tempdir().unwrap();
        let data = directory.path().join("data");
        let store = open(&data, &Hand::at(1000));
        put(&store, "a", "1", 1).await.unwrap();
        store.shared.layout.in_place().unwrap();
        mishap(&data);
        assert_eq!(put(&store, "a", "2", 2).await.unwrap_err().kind(), Kind::OutcomeUnknown);
        for refused in [put(&store, "a", "3", 3).await.map(drop), store.ready(&context()).await] {
            let error = refused.unwrap_err();
            assert_eq!(error.kind(), Kind::StoreUnavailable);
            let told = format!("the data directory {} is gone", data.display());
            assert!(error.detail().contains(&told), "{}", error.detail());
        }
        assert_eq!(text(&store, "a").await.unwrap(), "1");
    }
}

#[tokio::test]
async fn a_store_that_writes_nothing_notices_too_that_its_directory_is_gone() {
    for mishap in mishaps() {
        let directory = tempdir().unwrap();
        let data = directory.path().join("data");
        let store = open(&data, &Hand::at(1000));
        put(&store, "a", "1", 1).await.unwrap();
        mishap(&data);
        let until = Instant::now() + Duration::from_secs(60);
        while store.ready(&context()).await.is_ok() {
            assert!(Instant::now() < until, "it never noticed");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // Whoever comes in time saves what the process still holds.
        let copy = open(&directory.path().join("copy"), &Hand::at(1000));
        let backup: Vec<u8> = store.backup().flat_map(|chunk| chunk.unwrap().to_vec()).collect();
        tokio::task::spawn_blocking(move || copy.restore(&backup[..], false)).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_directory_under_another_name_is_in_place() {
    let directory = tempdir().unwrap();
    let (data, link) = (directory.path().join("data"), directory.path().join("link"));
    fs::create_dir(&data).unwrap();
    std::os::unix::fs::symlink(&data, &link).unwrap();
    let store = open(&link, &Hand::at(1000));
    let moved = data.with_file_name("moved");
    fs::rename(&data, &moved).unwrap();
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(&moved, &link).unwrap();
    store.shared.layout.in_place().unwrap();
    put(&store, "a", "1", 1).await.unwrap();
}

#[tokio::test]
async fn what_is_written_counts_on_the_disk_at_once() {
    let directory = tempdir().unwrap();
    let store = open(directory.path(), &Hand::at(1000));
    let before = store.shared.layout.occupied().unwrap();
    for write in 1..=10 {
        put(&store, &write.to_string(), &format!("\"{}\"", "x".repeat(300_000)), write).await.unwrap();
    }
    let grown = store.shared.layout.occupied().unwrap() - before;
    assert!((2_900_000..10_000_000).contains(&grown), "{grown}");
}

#[tokio::test]
async fn a_database_that_was_closed_has_an_empty_journal_and_all_its_rows() {
    let directory = tempdir().unwrap();
    let clock = Hand::at(1000);
    let large = format!("\"{}\"", "x".repeat(300_000));
    for round in 1..=3 {
        let store = open(directory.path(), &clock);
        for write in 1..=20 {
            put(&store, &format!("{round}/{write}"), &large, round * 100 + write).await.unwrap();
        }
        drop(store);
        let journals = journal::find(&directory.path().join("engine")).unwrap();
        let bytes: Vec<u64> = journals.iter().map(|(_, path)| path.metadata().unwrap().len()).collect();
        assert_eq!(bytes, [0]);
    }
    let store = open(directory.path(), &clock);
    for key in ["1/1", "2/20", "3/20"] {
        assert_eq!(text(&store, key).await.unwrap(), large);
    }
}

#[tokio::test]
async fn a_journal_that_is_filled_ahead_holds_every_write_at_any_moment() {
    let directory = tempdir().unwrap();
    let (data, clock) = (directory.path().join("data"), Hand::at(1000));
    let store = open(&data, &clock);
    let newest = || journal::find(&data.join("engine")).unwrap().into_iter().max().unwrap().1;
    // Until a journal is full that was not found at the start, so that the engine makes one in advance.
    let large = format!("\"{}\"", "x".repeat(380_000));
    let (first, mut write) = (newest(), 0);
    while newest() == first {
        write += 1;
        assert!(write < 1000, "the journal was never full");
        put(&store, "large", &large, write).await.unwrap();
    }
    let small = format!("\"{}\"", "y".repeat(10_000));
    for key in 0..100 {
        put(&store, &format!("small/{key}"), &small, 1000 + key).await.unwrap();
    }
    assert_eq!(newest().metadata().unwrap().len(), 64 * 1024 * 1024);
    // The file as it is now, where a crash would leave it.
    let crashed = tempdir().unwrap();
    fs::copy(newest(), crashed.path().join("0.jnl")).unwrap();
    let last = journal::check(crashed.path(), u64::MAX).unwrap();
    assert_eq!(last, Acked::open(&data.join("acked")).unwrap().load().unwrap());
}
