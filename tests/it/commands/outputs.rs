//! Where subcommands write to: what is no file stays what it is, what fails leaves no rubbish, and no loss is silent.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, symlink};
use std::path::Path;
use std::process::Command;

use super::program::{APP, Ran, Server, command, run, text};
use super::transfer::{exported, fill};
use super::wire::{self, Proxy, all, held};
use crate::support::environment::left_out;

/// The names in a directory, in order.
fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory");
    let name = |entry: fs::DirEntry| entry.file_name().into_string().expect("text");
    let mut names: Vec<_> = entries.map(|entry| name(entry.expect("an entry"))).collect();
    names.sort();
    names
}

/// Makes a FIFO, symlinks to it and to nothing, and a directory.
fn places_that_are_no_files(directory: &Path) {
    let made = Command::new("mkfifo").arg(directory.join("fifo")).status();
    assert!(made.expect("mkfifo").success());
    symlink("fifo", directory.join("to-fifo")).expect("a symlink");
    symlink("nothing", directory.join("to-nothing")).expect("a symlink");
    fs::create_dir(directory.join("folder")).expect("a directory");
}

#[test]
fn what_is_no_file_is_refused_before_anything_is_asked_for() {
    let directory = tempfile::tempdir().expect("a directory");
    places_that_are_no_files(directory.path());
    let before = names(directory.path());
    // Nobody answers there, but that is not what it says.
    let nobody = "http://127.0.0.1:1";
    let backup = ["backup", "--admin", nobody, "--output"];
    let export = ["export", "--retries", "0", "--url", nobody, "--collection", "from", "--output"];
    let told = [
        ("fifo", "is no file; use `-` for standard output"),
        ("to-fifo", "is no file; use `-` for standard output"),
        ("to-nothing", "is a symlink to nothing"),
        ("folder", "is a directory; name a file in it"),
    ];
    for command in [&backup[..], &export[..]] {
        for (name, why) in told {
            let said = run(&[command, &[text(&directory.path().join(name))]].concat()).bad();
            assert!(said.err.contains(&format!("{name} {why}")), "{}", said.err);
        }
        assert_eq!(names(directory.path()), before);
        let kind = fs::symlink_metadata(directory.path().join("fifo")).expect("the FIFO").file_type();
        assert!(kind.is_fifo());
    }
}

#[test]
fn a_backup_and_an_export_follow_a_symlink_to_a_file() {
    let server = Server::start();
    server.put("/v1/collections/from/items/a", "1");
    let (links, files) =
        (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let (link, file) = (links.path().join("latest.backup"), files.path().join("data.backup"));
    fs::write(&file, "before").expect("the file");
    symlink(&file, &link).expect("a symlink");
    // What is pruned lies beside the file, where a symlink is none of the backups.
    fs::write(links.path().join("old.backup"), "").expect("a file");
    fs::write(files.path().join("old.backup"), "").expect("a file");
    symlink("data.backup", files.path().join("other.backup")).expect("a symlink");
    let backup = |keep: &str| {
        run(&["backup", "--admin", &server.admin_url(), "--keep", keep, "--output", text(&link)]).good()
    };
    backup("1");
    let whole = run(&["backup", "--admin", &server.admin_url(), "--output", "-"]).good();
    assert_eq!(fs::read(&file).expect("the file"), whole.out);
    assert!(link.is_symlink());
    assert_eq!(names(files.path()), ["data.backup", "other.backup"]);
    assert_eq!(names(links.path()), ["latest.backup", "old.backup"]);

    fs::write(&file, "").expect("the file");
    run(&["export", "--url", &server.url(), "--collection", "from", "--output", text(&link)]).good();
    assert_eq!(fs::read_to_string(&file).expect("the file"), exported(&server, "from"));
    assert!(link.is_symlink());
    assert_eq!(names(files.path()), ["data.backup", "other.backup"]);
}

#[test]
fn a_backup_that_fails_at_its_last_step_leaves_nothing_behind() {
    let server = Server::start();
    server.put("/v1/collections/from/items/a", "1");
    let directory = tempfile::tempdir().expect("a directory");
    let (file, partial) =
        (directory.path().join("data.backup"), directory.path().join("data.backup.partial"));
    let (go, gate) = held();
    let proxy = Proxy::new(server.admin, |_| all(), gate);
    let arguments = ["backup", "--admin", &proxy.url(), "--output", text(&file)];
    let writing = command(&arguments).spawn().expect("the binary");
    wire::wait(|| partial.exists());
    // Nothing can be renamed over a directory.
    fs::create_dir(&file).expect("a directory");
    go.store(true, std::sync::atomic::Ordering::SeqCst);
    let said = Ran::of(writing.wait_with_output().expect("a status")).bad();
    assert!(said.err.contains("cannot write "), "{}", said.err);
    assert_eq!(names(directory.path()), ["data.backup"]);
}

#[test]
fn an_export_of_nothing_leaves_nothing_behind() {
    let server = Server::start();
    let directory = tempfile::tempdir().expect("a directory");
    let (file, empty) = (directory.path().join("items.ndjson"), directory.path().join("empty.ndjson"));
    fs::write(&empty, "").expect("a file");
    for output in [&file, &empty] {
        let fixed = ["export", "--url", &server.url(), "--collection", "nowhere", "--output", text(output)];
        let said = run(&fixed).bad();
        assert!(said.err.contains("no-such-collection"), "{}", said.err);
    }
    assert_eq!(names(directory.path()), ["empty.ndjson"], "what somebody else made stays");
    // One of a collection that holds nothing is whole.
    server.put("/v1/collections/from/items/a", "1");
    let fixed = ["export", "--prefix", "x", "--url", &server.url(), "--collection", "from", "--output"];
    let said = run(&[&fixed[..], &[text(&file)]].concat()).good();
    assert!(said.err.starts_with("exported 0 items, 0 B, "), "{}", said.err);
    assert_eq!(names(directory.path()), ["empty.ndjson", "items.ndjson"]);
}

#[test]
fn an_export_for_which_there_is_no_room_ends_with_a_whole_line_and_goes_on() {
    let server = Server::start();
    fill(&server);
    let whole = exported(&server, "from");
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("items.ndjson");
    let arguments = ["export", "--url", &server.url(), "--collection", "from", "--output", text(&file)];
    // A limit on the length of files stops a write in its middle, as a full disk does.
    let limited = "trap '' XFSZ && ulimit -f 100 && exec \"$0\" \"$@\"";
    let said = Ran::of(Command::new("sh").args(["-c", limited, APP]).args(arguments).output().expect("sh"));
    let said = said.bad();
    assert!(said.err.contains("cannot write "), "{}", said.err);
    let cut = fs::read_to_string(&file).expect("the file");
    assert!(cut.ends_with('\n') && whole.starts_with(&cut) && cut.len() < whole.len(), "{}", cut.len());
    run(&[&arguments[..], &["--resume"]].concat()).good();
    assert_eq!(fs::read_to_string(&file).expect("the file"), whole);
}

/// Commands that say something, and need nothing but a directory of their own and a server.
fn talkative(directory: &Path, server: &Server) -> Vec<Vec<String>> {
    let (pki, admin) = (text(directory), format!("admin.listen={}", server.admin));
    let pem = format!("{pki}/ca.pem");
    let lines: [&[&str]; 8] = [
        &["key", "new", "--scope", "read:*"],
        &["--role=all", "--print-config"],
        &["check-config", "--role=all"],
        &["contract"],
        &["healthcheck", "--role=all", "--set", &admin],
        &["pki", "init", "--force", "--dir", pki],
        &["pki", "issue", "--force", "--dir", pki, "--name", "a"],
        &["pki", "show", &pem],
    ];
    lines.iter().map(|words| words.iter().map(|word| (*word).to_owned()).collect()).collect()
}

#[test]
fn standard_output_that_takes_nothing_is_told_and_a_reader_that_has_left_is_not() {
    let server = Server::start();
    let directory = tempfile::tempdir().expect("a directory");
    let full = fs::OpenOptions::new().write(true).open("/dev/full");
    if full.is_err() {
        left_out("there is no /dev/full, so nobody sees what is said of a standard output that is full");
    }
    for words in talkative(directory.path(), &server) {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        if let Ok(full) = &full {
            let full = full.try_clone().expect("a descriptor");
            let said = Ran::of(command(&words).stdout(full).output().expect("the binary")).bad();
            let told = "cannot write to standard output: No space left on device";
            assert!(said.err.starts_with(told), "{words:?}: {}", said.err);
        }
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let said = Ran::of(command(&words).stdout(writer).output().expect("the binary")).good();
        assert_eq!(said.err, "", "{words:?}");
    }
}
