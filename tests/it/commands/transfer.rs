//! `app export` and `app import`: what goes through them, and how they go on after whatever interrupts them.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::program::{Server, run, run_with, text};
use super::wire::{self, Proxy, all, only};

const ITEMS: usize = 300;

/// Fills a collection with odd keys and documents, some of them with an end.
fn fill(server: &Server) {
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

fn exported(server: &Server, collection: &str) -> String {
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
    let arguments = |url: &str| {
        let fixed = ["export", "--retries", "0", "--collection", "from", "--output", text(&file), "--url"];
        fixed.iter().map(|one| (*one).to_owned()).chain([url.to_owned()]).collect::<Vec<_>>()
    };
    let go = |url: &str, more: &[&str]| {
        let arguments = arguments(url);
        let all: Vec<_> = arguments.iter().map(String::as_str).chain(more.iter().copied()).collect();
        run(&all)
    };
    let proxy = Proxy::new(server.traffic, |_| all(), |_| only(60_000));
    go(&proxy.url(), &[]).bad();
    let cut = fs::read_to_string(&file).expect("the file");
    assert!(!cut.is_empty() && cut.ends_with('\n') && whole.starts_with(&cut));

    let said = go(&server.url(), &[]).bad();
    assert!(said.err.contains("--resume"), "{}", said.err);
    // As if the machine had gone down while a line was written.
    fs::write(&file, &whole[..cut.len() + 17]).expect("the file");
    go(&server.url(), &["--resume"]).good();
    assert_eq!(fs::read_to_string(&file).expect("the file"), whole);
    go(&server.url(), &["--resume"]).good();
    assert_eq!(fs::read_to_string(&file).expect("the file"), whole, "what is whole stays as it is");
    let said = go(&server.url(), &["--resume", "--prefix", "other"]).bad();
    assert!(said.err.contains("is not among those asked for"), "{}", said.err);
    assert_eq!(fs::read_to_string(&file).expect("the file"), whole);
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
    assert!(said.err.contains("1 of 15 lines were refused"), "{}", said.err);
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
    assert!(said.err.ends_with("4 of 5200 lines were refused; the others are written\n"), "{}", said.err);
    assert_eq!(exported(&server, "to").lines().count(), 5195);
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
