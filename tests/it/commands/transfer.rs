//! `app export`: what goes through it and an import of it, and how it goes on after whatever interrupts it.

use std::fs;
use std::sync::atomic::Ordering;

use super::program::{Server, run, run_with, text};
use super::wire::{self, Proxy, all, only};

const ITEMS: usize = 300;

/// Fills a collection with odd keys and documents, some of them with an end.
pub fn fill(server: &Server) {
    let mut lines = String::new();
    for number in 0..ITEMS {
        let padding = "x".repeat(number * 7 % 900);
        let ttl = if number % 3 == 0 { format!(",\"ttl\":{}", 1000 + number) } else { String::new() };
        let key = format!("k/{:04}/ü \\\"{}", number * 7919 % 10_000, number % 10);
        let value = format!("{{ \"n\": {number}.00, \"pad\": \"{padding}\", \"n2\":1e{} }}", number % 30);
        lines += &format!("{{\"op\":\"put\",\"key\":\"{key}\",\"value\":{value}{ttl}}}\n");
    }
    let said =
        run_with(&["import", "--quiet", "--url", &server.url(), "--collection", "from"], lines.as_bytes());
    assert_eq!(said.good().err, "");
}

/// The lines of an export, without what differs between an item and its copy.
fn without_tags(export: &str) -> Vec<String> {
    let cut = |line: &str| {
        let begin = line.find("\"etag\":").unwrap_or_else(|| panic!("no tag: {line}"));
        let end = begin + line[begin..].find("\\\"\",").expect("an end");
        format!("{}{}", &line[..begin], &line[end..])
    };
    export.lines().map(cut).collect()
}

/// All lines of a collection.
pub fn exported(server: &Server, collection: &str) -> String {
    let said = run(&["export", "--quiet", "--url", &server.url(), "--collection", collection]).good();
    said.text().to_owned()
}

#[test]
fn an_export_that_is_imported_has_the_same_keys_bytes_and_ends() {
    let server = Server::start();
    fill(&server);
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("items.ndjson");
    let said =
        run(&["export", "--url", &server.url(), "--collection", "from", "--output", text(&file)]).good();
    assert!(said.err.contains("exported 300 items, "), "{}", said.err);
    let said = run(&["import", "--url", &server.url(), "--collection", "to", "--input", text(&file)]).good();
    assert!(said.err.contains("imported 300 items, "), "{}", said.err);
    let (from, to) = (exported(&server, "from"), exported(&server, "to"));
    assert_eq!(fs::read_to_string(&file).expect("the file"), from);
    assert_eq!(without_tags(&from), without_tags(&to));
    assert!(from.contains("\"value\":{ \"n\": 0.00, \"pad\": \"\", \"n2\":1e0 }"), "the bytes of a document");
    assert_eq!(from.matches("\"expires\":\"2").count(), 100);
    assert!(!directory.path().join("items.ndjson.progress").exists());
}

#[test]
fn a_part_of_a_collection_is_asked_for_by_its_keys() {
    let server = Server::start();
    for key in ["a/1", "a/2", "b/1", "b/2", "c"] {
        server.put(&format!("/v1/collections/from/items/{key}"), "1");
    }
    let url = server.url();
    let keys = |more: &[&str]| {
        let arguments = [&["export", "--quiet", "--url", &url, "--collection", "from"], more].concat();
        let said = run(&arguments).good();
        let key = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["key"].clone();
        said.text().lines().map(key).collect::<Vec<_>>()
    };
    assert_eq!(keys(&["--prefix", "a/"]), ["a/1", "a/2"]);
    assert_eq!(keys(&["--start", "a/2", "--end", "b/2"]), ["a/2", "b/1"]);
    assert_eq!(keys(&["--eventual", "--prefix", "x"]), [""; 0]);
}

#[test]
fn an_export_goes_on_by_itself_when_the_connection_is_cut() {
    let server = Server::start();
    fill(&server);
    // The first connections break at different places, within a line and within the head.
    let cuts = [50_000, 20_001, 100, 7_777];
    let down = move |number: usize| cuts.get(number).map_or_else(all, |bytes| only(*bytes));
    let proxy = Proxy::new(server.traffic, |_| all(), down);
    let said = run(&["export", "--url", &proxy.url(), "--collection", "from"]).good();
    assert_eq!(said.text(), exported(&server, "from"));
    assert!(proxy.connections.load(Ordering::SeqCst) > cuts.len());
    assert_eq!(said.err.matches("; again in ").count(), cuts.len(), "{}", said.err);
}

#[test]
fn an_export_is_resumed_behind_the_last_whole_line() {
    let server = Server::start();
    fill(&server);
    let whole = exported(&server, "from");
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("items.ndjson");
    let progress = directory.path().join("items.ndjson.progress");
    let read = || fs::read_to_string(&file).expect("the file");
    // The first connection breaks.
    let cut = |number: usize| if number == 0 { only(60_000) } else { all() };
    let proxy = Proxy::new(server.traffic, |_| all(), cut);
    let url = proxy.url();
    let fixed = ["export", "--retries", "0", "--output", text(&file), "--url", &url, "--collection", "from"];
    let go = |more: &[&str]| run(&[&fixed[..], more].concat());
    go(&[]).bad();
    let cut = read();
    assert!(!cut.is_empty() && cut.ends_with('\n') && whole.starts_with(&cut));

    let said = go(&[]).bad();
    assert!(said.err.contains("--resume"), "{}", said.err);
    // As if the machine had gone down while a line was written.
    fs::write(&file, &whole[..cut.len() + 17]).expect("the file");
    for more in [["--prefix", "k"], ["--start", "a"], ["--end", "z"]] {
        let said = go(&[&["--resume"][..], &more].concat()).bad();
        assert!(said.err.contains("is of another export: of from at http://"), "{}", said.err);
    }
    assert_eq!(read(), whole[..cut.len() + 17]);
    go(&["--resume", "--eventual"]).good();
    assert_eq!(read(), whole);
    assert!(!progress.exists(), "it goes when the output is whole");
    let said = go(&["--resume"]).bad();
    assert!(said.err.contains("was not written by an export that stopped"), "{}", said.err);
    assert_eq!(read(), whole, "what is whole stays as it is");
}

#[test]
fn an_export_goes_on_with_no_file_but_its_own() {
    let (server, elsewhere) = (Server::start(), Server::start());
    for (server, collection) in [(&server, "from"), (&server, "other"), (&elsewhere, "from")] {
        for key in ["a", "b", "c", "d"] {
            server.put(
                &format!("/v1/collections/{collection}/items/{key}"),
                &format!("\"{}\"", "x".repeat(9000)),
            );
        }
    }
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("items.ndjson");
    let proxy = Proxy::new(server.traffic, |_| all(), |_| only(20_000));
    let go = |url: &str, collection: &str| {
        let fixed = ["export", "--resume", "--retries", "0", "--output", text(&file)];
        run(&[&fixed[..], &["--url", url, "--collection", collection]].concat())
    };
    go(&proxy.url(), "from").bad();
    let begun = fs::read_to_string(&file).expect("the file");
    assert!((1..4).contains(&begun.lines().count()), "{begun}");
    for (url, collection) in [(proxy.url(), "other"), (server.url(), "from"), (elsewhere.url(), "from")] {
        let said = go(&url, collection).bad();
        let told = format!("is of another export: of from at {}", proxy.url());
        assert!(said.err.contains(&told), "{}", said.err);
        assert_eq!(fs::read_to_string(&file).expect("the file"), begun);
    }
    // An empty file is as good as none.
    fs::write(&file, "").expect("the file");
    go(&server.url(), "other").good();
    assert_eq!(fs::read_to_string(&file).expect("the file"), exported(&server, "other"));
}

#[test]
fn a_file_that_is_no_export_is_left_alone() {
    let server = Server::start();
    server.put("/v1/collections/from/items/a", "1");
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("notes.txt");
    for content in ["dear diary", "dear diary\n", "{}\n"] {
        fs::write(&file, content).expect("the file");
        let said = run(&[
            "export",
            "--resume",
            "--url",
            &server.url(),
            "--collection",
            "from",
            "--output",
            text(&file),
        ]);
        assert!(said.bad().err.contains("was not written by an export"), "{content:?}");
        assert_eq!(fs::read_to_string(&file).expect("the file"), content);
    }
}

#[test]
fn what_the_server_refuses_as_a_whole_ends_it_at_once() {
    let server = Server::start();
    let said = run(&["export", "--url", &server.url(), "--collection", "nowhere"]).bad();
    assert!(said.err.contains("no-such-collection"), "{}", said.err);
    let said = run(&["export", "--retries", "1", "--url", "http://127.0.0.1:1", "--collection", "x"]).bad();
    assert_eq!(said.err.matches("no connection").count(), 2, "{}", said.err);
    let (status, _) = wire::get(server.traffic, "/v1/collections/nowhere");
    assert_eq!(status, 404);
}
