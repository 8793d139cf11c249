//! Damaged files are found and said; what is read is right.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::{TempDir, tempdir};

use super::{Hand, address, context, open, put, put_change, scan_all, single};
use crate::domain::{Clock, Consistency, Kind, Ttl};
use crate::store::backend::{Backend, Lifetime, Row};
use crate::store::embedded::acked::Acked;
use crate::store::embedded::{Embedded, Options};

type Rows = BTreeMap<String, Row>;

/// A closed database with tables and a journal, and what is in it.
async fn closed() -> (TempDir, Rows) {
    let directory = tempdir().unwrap();
    let clock = Hand::at(1000);
    let store = open(directory.path(), &clock);
    for write in 1..=60 {
        put(&store, &format!("k{:02}", write % 40), &format!("{{\"w\":{write}}}"), write).await.unwrap();
        if write == 25 || write == 45 {
            let spaces = Arc::clone(&store.shared.view.load().spaces);
            for space in [&spaces.items, &spaces.collections] {
                space.rotate_memtable_and_wait().unwrap();
            }
        }
    }
    let mut mortal = put_change("mortal", "1");
    mortal.lifetime = Lifetime::From(Ttl::Seconds(1_000_000));
    store.change(&context(), single(mortal, 99)).await.unwrap();
    drop(store);
    // Opening cuts the room off the journal that the engine had taken in advance.
    let store = open(directory.path(), &clock);
    let rows = rows(&store).await.unwrap();
    assert_eq!(rows.len(), 41);
    (directory, rows)
}

/// Every row by a scan, and each by its key; or the error that came of it.
async fn rows(store: &Embedded) -> crate::domain::Result<Rows> {
    let scanned = store.scan(&context(), scan_all()).await?.value;
    let mut rows = Rows::new();
    for key in (0..40).map(|n| format!("k{n:02}")).chain(["mortal".into()]) {
        let found = store.get(&context(), &address(&key), Consistency::Strong).await?.value;
        rows.extend(found.map(|row| (key, row)));
    }
    let same = scanned.rows.iter().map(|(key, item)| (key.as_str(), item));
    assert!(same.eq(rows.iter().map(|(key, row)| (key.as_str(), &row.item))));
    Ok(rows)
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// A copy in which one file is changed.
fn damaged(whole: &Path, file: &Path, change: impl FnOnce(&mut Vec<u8>)) -> TempDir {
    let copy = tempdir().unwrap();
    for from in files(whole) {
        let to = copy.path().join(from.strip_prefix(whole).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }
    let path = copy.path().join(file.strip_prefix(whole).unwrap());
    let mut bytes = fs::read(&path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
    copy
}

/// Opens a damaged copy: an error, or exactly the rows. True where the damage was found.
async fn found(copy: &Path, expected: &Rows, what: &str) -> bool {
    let store = match Embedded::open(Options::new(copy), Hand::at(1000) as Arc<dyn Clock>) {
        Ok(store) => store,
        Err(_) => return true,
    };
    match rows(&store).await {
        Ok(rows) => {
            assert_eq!(&rows, expected, "{what}");
            false
        }
        Err(error) => {
            assert_eq!(error.kind(), Kind::Internal, "{what}: {error}");
            true
        }
    }
}

async fn flip_everywhere(step: usize) {
    let (whole, expected) = closed().await;
    let (mut flips, mut seen) = (0, 0);
    for file in files(whole.path()).into_iter().filter(|file| !file.ends_with("lock")) {
        let length = usize::try_from(fs::metadata(&file).unwrap().len()).unwrap();
        // Files that have room for the future hold nothing there.
        let length = length.min(16 * 1024);
        for place in (step / 2 % length.max(1)..length).step_by(step) {
            let copy = damaged(whole.path(), &file, |bytes| bytes[place] ^= 1 << (place % 8));
            let what = format!("{}, byte {place}", file.display());
            flips += 1;
            seen += usize::from(found(copy.path(), &expected, &what).await);
        }
    }
    assert!(seen * 10 > flips, "{seen} of {flips} flips were found");
}

#[tokio::test]
async fn a_flipped_bit_is_found_or_harmless() {
    flip_everywhere(331).await;
}

#[tokio::test]
#[ignore = "takes minutes: a bit in every few bytes of every file"]
async fn a_flipped_bit_is_found_or_harmless_nearly_everywhere() {
    flip_everywhere(5).await;
}

#[tokio::test]
async fn a_file_that_is_cut_is_found_or_was_not_needed() {
    let (whole, expected) = closed().await;
    for file in files(whole.path()).into_iter().filter(|file| !file.ends_with("lock")) {
        let length = usize::try_from(fs::metadata(&file).unwrap().len()).unwrap();
        for keep in [0, length / 2, length.saturating_sub(1)] {
            let copy = damaged(whole.path(), &file, |bytes| bytes.truncate(keep));
            found(copy.path(), &expected, &format!("{} cut to {keep}", file.display())).await;
        }
    }
}

fn journal(directory: &Path) -> PathBuf {
    let is_journal = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "jnl");
    files(directory).into_iter().find(is_journal).unwrap()
}

#[tokio::test]
async fn a_torn_end_that_nobody_was_promised_is_dropped() {
    let (whole, expected) = closed().await;
    let torn = [1, 2, 0, 0, 0, 200, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 7, 7, 7];
    let copy = damaged(whole.path(), &journal(whole.path()), |bytes| bytes.extend_from_slice(&torn));
    for _ in 0..2 {
        assert!(!found(copy.path(), &expected, "a torn end").await);
    }
}

/// A write fails for a moment, and the engine, which has a free moment then, begins another journal.
#[tokio::test]
async fn a_torn_end_is_dropped_before_journals_in_which_there_is_nothing() {
    let (whole, expected) = closed().await;
    let torn = [1, 2, 0, 0, 0, 200, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 7, 7, 7];
    let path = journal(whole.path());
    for (behind, damage) in [(&[0; 4096][..], false), (&[][..], false), (&[0, 0, 7][..], true)] {
        let copy = damaged(whole.path(), &path, |bytes| bytes.extend_from_slice(&torn));
        let number: u64 = path.file_stem().unwrap().to_str().unwrap().parse().unwrap();
        let next = journal(copy.path()).with_file_name(format!("{}.jnl", number + 1));
        fs::write(next, behind).unwrap();
        assert_eq!(found(copy.path(), &expected, "a torn end").await, damage, "{behind:?}");
    }
}

#[tokio::test]
async fn an_acknowledged_batch_that_is_cut_off_is_missed_again_and_again() {
    let (whole, expected) = closed().await;
    let path = journal(whole.path());
    let copy = damaged(whole.path(), &path, |bytes| bytes.truncate(bytes.len() - 30));
    let before = fs::read(journal(copy.path())).unwrap();
    for _ in 0..2 {
        assert!(found(copy.path(), &expected, "a lost batch").await);
    }
    // Nothing was thrown away that a person could still want to look at.
    assert_eq!(fs::read(journal(copy.path())).unwrap(), before);
}

#[tokio::test]
async fn a_batch_that_is_read_after_a_broken_one_proves_that_it_was_acknowledged() {
    let (whole, expected) = closed().await;
    let path = journal(whole.path());
    let copy = damaged(whole.path(), &path, |bytes| bytes[100] ^= 1);
    // As after a loss of power, when the number of the last acknowledged turn had not reached the disk.
    Acked::create(&copy.path().join("acked")).unwrap();
    assert!(found(copy.path(), &expected, "a broken batch").await);
}

#[tokio::test]
async fn a_missing_journal_is_missed() {
    let (whole, expected) = closed().await;
    let copy = damaged(whole.path(), &journal(whole.path()), Vec::clear);
    fs::remove_file(journal(copy.path())).unwrap();
    assert!(found(copy.path(), &expected, "no journal").await);
}

#[tokio::test]
async fn a_missing_lock_of_the_engine_is_made_again() {
    let (whole, expected) = closed().await;
    fs::remove_file(whole.path().join("engine/lock")).unwrap();
    assert!(!found(whole.path(), &expected, "no lock").await);
}

#[tokio::test]
async fn a_missing_file_of_the_engine_is_told_with_its_place() {
    let (whole, _) = closed().await;
    let engine = whole.path().join("engine");
    let mut told = 0;
    for file in files(&engine).into_iter().filter(|file| !file.ends_with("lock")) {
        let copy = damaged(whole.path(), &file, |_| {});
        fs::remove_file(copy.path().join(file.strip_prefix(whole.path()).unwrap())).unwrap();
        let Err(error) = Embedded::open(Options::new(copy.path()), Hand::at(1000) as Arc<dyn Clock>) else {
            continue;
        };
        let said = error.to_string();
        assert!(!said.contains("Error") && !said.contains("Os {"), "{}: {said}", file.display());
        told += usize::from(said.contains("No such file"));
    }
    assert!(told > 0);
}
