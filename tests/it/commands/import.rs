//! `app import`: how it goes on after whatever interrupts it, and what it says of lines that are refused.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::program::{Server, run, run_with, text};
use super::transfer::exported;
use super::wire::{Proxy, all, only};

#[test]
fn an_import_is_resumed_where_it_stopped() {
    let server = Server::start();
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("items.ndjson");
    let lines = lines_of_three_chunks();
    fs::write(&file, &lines).expect("the file");
    // The proxy cuts within the second chunk, and then lets pass as much as it is told.
    let most = Arc::new(AtomicUsize::new(3_000_000));
    let up = Arc::clone(&most);
    let proxy = Proxy::new(server.traffic, move |_| only(up.load(Ordering::SeqCst)), |_| all());
    let url = proxy.url();
    let common = ["import", "--retries", "0", "--input", text(&file)];
    let go = |more: &[&str]| run(&[&common[..], more].concat());
    go(&["--url", &url, "--collection", "to"]).bad();
    let progress = || fs::read_to_string(directory.path().join("items.ndjson.progress"));
    let place: serde_json::Value = serde_json::from_str(&progress().expect("a progress file")).expect("JSON");
    let done = place["lines"].as_u64().expect("a number");
    assert!((1..14).contains(&done), "{place}");

    let said = go(&["--resume", "--url", &url, "--collection", "other"]).bad();
    assert!(said.err.contains(&format!("is of an import into to at {url}, not into other")), "{}", said.err);
    // What was done at one system is not done at another.
    let elsewhere = Server::start();
    let said = go(&["--resume", "--url", &elsewhere.url(), "--collection", "to"]).bad();
    assert!(said.err.contains(&format!("is of an import into to at {url}, not into to at")), "{}", said.err);
    assert_eq!(elsewhere.collections(), [""; 0]);
    // Nor is what was done of one input done of another of the same length.
    fs::write(&file, lines.replacen("k00", "k99", 1)).expect("the file");
    let said = go(&["--resume", "--url", &url, "--collection", "to"]).bad();
    assert!(said.err.contains("is it the same input?"), "{}", said.err);
    fs::write(&file, &lines[..lines.len() / 8]).expect("the file");
    let said = go(&["--resume", "--url", &url, "--collection", "to"]).bad();
    assert!(said.err.contains("is it the same input?"), "{}", said.err);
    fs::write(&file, &lines).expect("the file");
    // What is done is not sent again: it could not even be.
    let rest: usize =
        lines.lines().skip(usize::try_from(done).expect("few")).map(|line| line.len() + 1).sum();
    most.store(rest + 10_000, Ordering::SeqCst);
    go(&["--resume", "--url", &url, "--collection", "to"]).good();
    assert_eq!(exported(&server, "to").lines().count(), 14);
    assert!(progress().is_err(), "it goes when the input is done");
}

fn lines_of_three_chunks() -> String {
    let pad = "y".repeat(390_000);
    (0..14)
        .map(|number| format!("{{\"op\":\"put\",\"key\":\"k{number:02}\",\"value\":\"{pad}\"}}\n"))
        .collect()
}

#[test]
fn an_import_is_resumed_again_and_again() {
    let server = Server::start();
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("items.ndjson");
    // A line that no server would take is part of the input that is known again.
    let lines = format!("{}{}\n", lines_of_three_chunks(), "z".repeat(600_000));
    fs::write(&file, &lines).expect("the file");
    // Each connection lets one chunk pass.
    let proxy = Proxy::new(server.traffic, |_| only(2_100_000), |_| all());
    let url = proxy.url();
    let go = || {
        run(&[
            "import",
            "--resume",
            "--retries",
            "0",
            "--collection",
            "to",
            "--input",
            text(&file),
            "--url",
            &url,
        ])
    };
    go().bad();
    go().bad();
    let said = go().bad();
    assert!(said.err.contains("1 of 15 lines was refused; 14 are written"), "{}", said.err);
    assert_eq!(exported(&server, "to").lines().count(), 14);
}

#[test]
fn an_import_goes_on_by_itself_when_the_connection_is_cut() {
    let server = Server::start();
    let up = |number: usize| if number < 2 { only(9_000 + number) } else { all() };
    // The third answer never comes, although the lines were written.
    let down = |number: usize| if number == 2 { only(10) } else { all() };
    let proxy = Proxy::new(server.traffic, up, down);
    let lines: String =
        (0..500).map(|n| format!("{{\"op\":\"put\",\"key\":\"k{n}\",\"value\":{n}}}\n")).collect();
    let said = run_with(&["import", "--url", &proxy.url(), "--collection", "to"], lines.as_bytes()).good();
    assert_eq!(said.err.matches("; again in ").count(), 3, "{}", said.err);
    assert_eq!(exported(&server, "to").lines().count(), 500);
}

#[test]
fn refused_lines_are_told_by_their_number_in_the_input() {
    let server = Server::start();
    // More lines than go into one request, and among the last ones some that are refused.
    let mut lines: Vec<_> =
        (0..5200).map(|n| format!("{{\"op\":\"put\",\"key\":\"k{n}\",\"value\":{n}}}")).collect();
    lines[1] = "not json".into();
    lines[5110] = String::new();
    lines[5120] = "{\"op\":\"put\",\"key\":\"a//b\",\"value\":1}".into();
    lines[5150] = format!("{{\"op\":\"put\",\"key\":\"big\",\"value\":\"{}\"}}", "z".repeat(600_000));
    lines[5160] = "{\"op\":\"put\",\"key\":\"k1\"}".into();
    let input = lines.join("\n");
    let said = run_with(&["import", "--url", &server.url(), "--collection", "to"], input.as_bytes()).bad();
    let told: Vec<_> =
        said.err.lines().filter_map(|line| line.strip_prefix("line ")?.split(':').next()).collect();
    let mut numbers: Vec<u64> = told.iter().map(|number| number.parse().expect("a number")).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [2, 5121, 5151, 5161], "{}", said.err);
    assert!(said.err.contains("line 5121: invalid-key: "), "{}", said.err);
    assert!(said.err.contains("line 5151: too-large: "), "{}", said.err);
    assert!(said.err.ends_with("4 of 5200 lines were refused; 5195 are written\n"), "{}", said.err);
    assert_eq!(exported(&server, "to").lines().count(), 5195);
}

#[test]
fn the_summary_counts_what_is_written_apart_from_what_was_read() {
    let server = Server::start();
    let refused = "{\"op\":\"put\",\"key\":\"a//b\",\"value\":1}\n";
    let good = "{\"op\":\"put\",\"key\":\"a\",\"value\":1}\n";
    let import =
        |input: &str| run_with(&["import", "--url", &server.url(), "--collection", "to"], input.as_bytes());
    let said = import(&refused.repeat(2)).bad();
    assert!(said.err.contains("\nimported 0 items, 72 B read, "), "{}", said.err);
    assert!(said.err.ends_with("\nall 2 lines were refused; nothing is written\n"), "{}", said.err);
    let said = import(refused).bad();
    assert!(said.err.ends_with("\nthe only line was refused; nothing is written\n"), "{}", said.err);
    let said = import(&format!("{good}{refused}")).bad();
    assert!(said.err.contains("\nimported 1 item, 69 B read, "), "{}", said.err);
    assert!(said.err.ends_with("\n1 of 2 lines was refused; 1 is written\n"), "{}", said.err);
    let said = import("").good();
    assert!(said.err.starts_with("imported 0 items, 0 B read, "), "{}", said.err);
}
