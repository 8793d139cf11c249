//! `kill -9` of a process that owns data, under write load, again and again over the same data.
//!
//! What was acknowledged is there afterwards, and nothing that was never sent; no transaction is half there.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::process::Process;

/// Kills, all over the same data.
const KILLS: usize = 50;
/// Callers that replace an item of their own, and callers that change two items together.
const WRITERS: usize = 8;
const QUIET: [(&str, &str); 1] = [("log.requests", "failures")];

/// What one caller knows of its item: a number that it counts up.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// The last number that was acknowledged.
    acknowledged: u64,
    /// The last number that was sent.
    sent: u64,
}

#[tokio::test]
async fn fifty_kills_lose_no_acknowledged_write_and_halve_no_transaction() {
    let data = tempfile::tempdir().expect("a directory");
    let mut known = [Known::default(); WRITERS];
    for kill in 0..KILLS {
        let process = Process::start("all", data.path(), &QUIET);
        // Another moment of the load each time.
        kill_under_load(process, &mut known, 20 + kill * 7).await;
    }
    let process = Process::start("all", data.path(), &QUIET);
    check_all(&process, &mut known).await;
    for (writer, found) in known.into_iter().enumerate() {
        assert!(found.acknowledged > 0, "writer {writer} never got through");
    }
}

/// A journal that is found at the start is appended to. Those behind it are made in their full length, and filled ahead.
#[tokio::test]
async fn kills_lose_nothing_either_where_the_journal_is_filled_ahead() {
    let data = tempfile::tempdir().expect("a directory");
    let mut known = [Known::default(); WRITERS];
    for kill in 0..3 {
        let process = Process::start("all", data.path(), &QUIET);
        fill_journal(&process.url(), data.path()).await;
        kill_under_load(process, &mut known, 100 + kill * 100).await;
    }
    let process = Process::start("all", data.path(), &QUIET);
    check_all(&process, &mut known).await;
}

/// Checks what is there, kills the process when so many writes are done, and notes what is known then.
async fn kill_under_load(mut process: Process, known: &mut [Known; WRITERS], after: usize) {
    check_all(&process, known).await;
    let (stopped, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (url, stopped, done) = (process.url(), Arc::clone(&stopped), Arc::clone(&done));
            let known = known[writer];
            tokio::spawn(async move { write(&url, writer, known, &stopped, &done).await })
        })
        .collect();
    while done.load(Ordering::SeqCst) < after {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    process.signal("KILL");
    assert_eq!(process.end(), None, "a signal ended it");
    stopped.store(true, Ordering::SeqCst);
    for (writer, task) in writers.into_iter().enumerate() {
        known[writer] = task.await.expect("a writer");
    }
}

/// Writes until the engine makes another journal.
async fn fill_journal(url: &str, data: &Path) {
    let newest = || {
        let entries = std::fs::read_dir(data.join("engine")).expect("the engine's directory");
        let names = entries.map(|entry| entry.expect("an entry").path());
        let journals = names.filter(|name| name.extension().is_some_and(|extension| extension == "jnl"));
        journals.filter_map(|name| name.file_stem()?.to_str()?.parse::<u64>().ok()).max()
    };
    let (client, large) = (reqwest::Client::new(), format!("\"{}\"", "x".repeat(380_000)));
    let (first, mut written) = (newest(), 0);
    while newest() == first {
        written += large.len();
        assert!(written < 256 * 1024 * 1024, "the journal was never full");
        let answer = client.put(item(url, "large")).body(large.clone()).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
    }
}

/// Counts up until the process is gone.
async fn write(
    url: &str,
    writer: usize,
    mut known: Known,
    stopped: &AtomicBool,
    done: &AtomicUsize,
) -> Known {
    let client = reqwest::Client::new();
    while !stopped.load(Ordering::SeqCst) {
        known.sent += 1;
        let next = known.sent;
        let request = if pairs(writer) {
            client.post(format!("{url}/v1/transactions")).body(format!(
                r#"{{"ops":[{{"op":"put","collection":"crash","key":"a{writer}","value":{next}}},
                           {{"op":"put","collection":"crash","key":"b{writer}","value":{next}}}]}}"#
            ))
        } else {
            client.put(item(url, &format!("a{writer}"))).body(next.to_string())
        };
        let Ok(answer) = request.send().await else { break };
        assert!(answer.status().is_success(), "writer {writer}: {}", answer.status());
        known.acknowledged = next;
        done.fetch_add(1, Ordering::SeqCst);
    }
    known
}

/// Holds what is there of each caller against what is known, and knows that from now on.
async fn check_all(process: &Process, known: &mut [Known; WRITERS]) {
    for (writer, known) in known.iter_mut().enumerate() {
        *known = check(&process.url(), writer, *known).await;
    }
}

/// Holds what is there against what is known; the answer is what is there, which is known from now on.
async fn check(url: &str, writer: usize, known: Known) -> Known {
    let found = read(url, &format!("a{writer}")).await;
    let range = known.acknowledged..=known.sent;
    assert!(range.contains(&found), "writer {writer}: {found} is there, but {known:?}");
    if pairs(writer) {
        assert_eq!(read(url, &format!("b{writer}")).await, found, "writer {writer}: half a transaction");
    }
    Known { acknowledged: found, sent: found }
}

/// The number of an item; 0 where there is none.
async fn read(url: &str, key: &str) -> u64 {
    let answer = reqwest::get(item(url, key)).await.expect("an answer");
    match answer.status().as_u16() {
        404 => 0,
        200 => answer.text().await.expect("a body").parse().expect("a number"),
        status => panic!("{key}: {status}"),
    }
}

fn pairs(writer: usize) -> bool {
    writer % 2 == 1
}

fn item(url: &str, key: &str) -> String {
    format!("{url}/v1/collections/crash/items/{key}")
}
