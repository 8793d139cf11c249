//! `app backup` and `app restore`: a moment that existed, all of it or nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use super::program::{Ran, Server, command, run, run_with, text};
use super::wire;

#[test]
fn a_backup_taken_among_transactions_is_a_moment_that_existed() {
    let server = Server::start();
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let writers: Vec<_> = (0..3).map(|_| increment(&server, &stop, &done)).collect();
    let directory = tempfile::tempdir().expect("a directory");
    let mut files = Vec::new();
    for number in 0..5 {
        let before = done.load(Ordering::SeqCst);
        wire::wait(|| done.load(Ordering::SeqCst) > before + 10);
        let file = directory.path().join(format!("{number}.backup"));
        let at_least = done.load(Ordering::SeqCst);
        run(&["backup", "--quiet", "--admin", &server.admin_url(), "--output", text(&file)]).good();
        files.push((file, at_least));
    }
    stop.store(true, Ordering::SeqCst);
    writers.into_iter().for_each(|writer| writer.join().expect("a writer"));
    let copy = Server::start();
    for (file, at_least) in files {
        let arguments = ["restore", "--replace", "--admin", &copy.admin_url(), "--input", text(&file)];
        let said = run(&arguments).good();
        assert!(said.err.contains("2 items in 2 collections"), "{}", said.err);
        let (left, right) = (counter(&copy, "left"), counter(&copy, "right"));
        assert_eq!(left, right, "half of a transaction is in the backup");
        assert!(left >= at_least, "{left} is less than the {at_least} that were acknowledged before");
    }
}

/// Increments two counters in two collections together, again and again.
fn increment(server: &Server, stop: &Arc<AtomicBool>, done: &Arc<AtomicU64>) -> thread::JoinHandle<()> {
    let (address, stop, done) = (server.traffic, Arc::clone(stop), Arc::clone(done));
    let op = |name: &str| format!(r#"{{"op":"increment","collection":"{name}","key":"n","by":{{"":1}}}}"#);
    let body = format!(r#"{{"ops":[{},{}]}}"#, op("left"), op("right"));
    thread::spawn(move || {
        while !stop.load(Ordering::SeqCst) {
            let (status, answer) = wire::send(address, "POST", "/v1/transactions", &body);
            match status {
                200 => drop(done.fetch_add(1, Ordering::SeqCst)),
                409 => {}
                _ => panic!("{status} {answer}"),
            }
        }
    })
}

fn counter(server: &Server, name: &str) -> u64 {
    let text = server.get(&format!("/v1/collections/{name}/items/n"));
    text.parse().unwrap_or_else(|_| panic!("{text}"))
}

/// A server with some data, and a backup of it.
fn backed_up() -> (Server, Vec<u8>) {
    let server = Server::start();
    for number in 0..40 {
        let document = format!("{{\"n\":{number},\"pad\":\"{}\"}}", "p".repeat(1000 * number));
        server.put(&format!("/v1/collections/c{}/items/k{number}", number % 3), &document);
    }
    let backup = run(&["backup", "--admin", &server.admin_url(), "--output", "-"]).good();
    (server, backup.out)
}

#[test]
fn a_backup_that_is_cut_or_damaged_is_refused_and_changes_nothing() {
    let (_, backup) = backed_up();
    let target = Server::start();
    target.put("/v1/collections/old/items/a", "\"still here\"");
    let restore = |bytes: &[u8]| {
        run_with(&["restore", "--replace", "--admin", &target.admin_url(), "--input", "-"], bytes)
    };
    let mut damaged = backup.clone();
    damaged[backup.len() / 2] ^= 1;
    let half = backup.len() / 2;
    for bytes in
        [&[][..], &backup[..7], &backup[..half], &backup[..backup.len() - 1], &damaged, b"{\"op\":\"put\"}\n"]
    {
        let said = restore(bytes).bad();
        assert!(said.err.contains("no whole backup"), "{}", said.err);
        assert_eq!(target.collections(), ["old"]);
        assert_eq!(target.get("/v1/collections/old/items/a"), "\"still here\"");
    }
    target.put("/v1/collections/old/items/b", "1");
    restore(&backup).good();
    assert_eq!(target.collections(), ["c0", "c1", "c2"]);
}

#[test]
fn of_several_backups_the_newest_are_kept_and_what_is_none_stays() {
    let server = Server::start();
    let directory = tempfile::tempdir().unwrap();
    let old = |name: &str, age: u64| {
        let file = fs::File::create(directory.path().join(name)).unwrap();
        file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(age * 60)).unwrap();
        file
    };
    for (age, name) in [(1, "b.backup"), (2, "a.backup"), (3, "c.backup"), (4, "notes.txt")] {
        old(name, age);
    }
    // What a killed backup left, what one that is still at work writes, and what is none of a backup.
    old("killed.backup.partial", 5);
    old("other.partial", 6);
    let at_work = old("at-work.backup.partial", 7);
    at_work.lock().unwrap();
    let newest = directory.path().join("0.backup");
    run(&["backup", "--admin", &server.admin_url(), "--output", text(&newest), "--keep", "2"]).good();
    let mut left: Vec<_> =
        fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["0.backup", "at-work.backup.partial", "b.backup", "notes.txt", "other.partial"]);
    drop(at_work);
    run(&["backup", "--admin", &server.admin_url(), "--output", text(&newest), "--keep", "2"]).good();
    assert!(!directory.path().join("at-work.backup.partial").exists());
    // None of these would be counted the next time, so that all others would go.
    for none in ["-", text(&directory.path().join("nightly.bak")), text(&directory.path().join("nightly"))] {
        let said =
            run(&["backup", "--admin", &server.admin_url(), "--output", none, "--keep", "1"]).senseless();
        assert!(said.err.contains("must end in .backup"), "{}", said.err);
    }
    assert!(newest.exists() && directory.path().join("b.backup").exists());
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

#[test]
fn only_its_owner_can_read_a_backup_in_a_file() {
    let (server, _) = backed_up();
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("data.backup");
    let partial = directory.path().join("data.backup.partial");
    // One that others could read, as a backup of before is, and what one that was killed has left of such.
    for path in [&file, &partial] {
        fs::write(path, "before").expect("a file");
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).expect("rights");
    }
    let arguments = ["backup", "--admin", &server.admin_url(), "--keep", "2", "--output", text(&file)];
    run(&arguments).good();
    assert_eq!(mode(&file), 0o600);
    // While it is written, too, and where there was none.
    fs::remove_file(&file).expect("the file");
    let proxy = wire::Proxy::new(server.admin, |_| wire::all(), move |_| wire::stalled(20_000));
    let arguments = ["backup", "--admin", &proxy.url(), "--output", text(&file)];
    let mut writing = command(&arguments).spawn().expect("the binary");
    wire::wait(|| fs::metadata(&partial).is_ok_and(|partial| partial.len() > 10_000));
    assert_eq!(mode(&partial), 0o600);
    writing.kill().and_then(|()| writing.wait()).expect("its end");
}

#[test]
fn data_that_is_there_goes_only_when_that_is_said() {
    let (server, backup) = backed_up();
    let arguments = ["restore", "--admin", &server.admin_url(), "--input", "-"];
    let said = run_with(&arguments, &backup).bad();
    assert!(said.err.contains("the store holds data"), "{}", said.err);
    let empty = Server::start();
    let said = run_with(&["restore", "--admin", &empty.admin_url(), "--input", "-"], &backup).good();
    assert!(said.err.contains("40 items in 3 collections"), "{}", said.err);
    assert_eq!(empty.get("/v1/collections/c1/items/k1"), server.get("/v1/collections/c1/items/k1"));
}

#[test]
fn a_directory_that_no_process_uses_is_backed_up_and_restored_too() {
    let (server, online) = backed_up();
    let directory = tempfile::tempdir().expect("a directory");
    let (file, copy) = (directory.path().join("data.backup"), directory.path().join("copy"));
    let data = server.stop();
    run(&["backup", "--data", text(data.path()), "--output", text(&file)]).good();
    assert_eq!(fs::read(&file).expect("a backup"), online, "the same data makes the same backup");
    run(&["restore", "--data", text(&copy), "--input", text(&file)]).good();
    let again = run(&["backup", "--data", text(&copy), "--output", "-"]).good();
    assert_eq!(again.out, online);
    let said = run(&["restore", "--data", text(&copy), "--input", text(&file)]).bad();
    assert!(said.err.contains("the store holds data"), "{}", said.err);
}

#[test]
fn a_directory_in_use_is_left_to_its_process() {
    let server = Server::start();
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("data.backup");
    let said = run(&["backup", "--data", text(server.data()), "--output", text(&file)]).bad();
    assert!(said.err.contains("go through its admin port"), "{}", said.err);
    let said = run(&["backup", "--admin", &server.url(), "--output", text(&file)]).bad();
    assert!(said.err.contains("is no admin port"), "{}", said.err);
    let nowhere = directory.path().join("nowhere");
    let said = run(&["backup", "--data", text(&nowhere), "--output", text(&file)]).bad();
    assert!(said.err.contains("there is no database in"), "{}", said.err);
    assert!(!nowhere.exists() && !file.exists());
}

#[test]
fn a_backup_that_fails_leaves_the_one_before() {
    let (server, _) = backed_up();
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("data.backup");
    fs::write(&file, "the one before").expect("the file");
    let proxy = wire::Proxy::new(server.admin, |_| wire::all(), |_| wire::only(100_000));
    let said = run(&["backup", "--admin", &proxy.url(), "--output", text(&file)]).bad();
    assert!(said.err.contains("broke off"), "{}", said.err);
    assert_eq!(fs::read_to_string(&file).expect("the file"), "the one before");
    assert_eq!(fs::read_dir(directory.path()).expect("a directory").count(), 1, "no half of one lies about");
    run(&["backup", "--admin", &server.admin_url(), "--output", text(&file)]).good();
    assert!(fs::metadata(&file).expect("the file").len() > 100_000);
}

#[test]
fn a_backup_that_is_told_to_stop_leaves_nothing_behind() {
    let (server, backup) = backed_up();
    let directory = tempfile::tempdir().expect("a directory");
    let (file, partial) =
        (directory.path().join("data.backup"), directory.path().join("data.backup.partial"));
    // Half of it comes, and then nothing more.
    let half = backup.len() / 2;
    let proxy = wire::Proxy::new(server.admin, |_| wire::all(), move |_| wire::stalled(half));
    for signal in ["TERM", "INT"] {
        let stopped = command(&["backup", "--admin", &proxy.url(), "--output", text(&file)]).spawn();
        let stopped = stopped.expect("the binary");
        wire::wait(|| fs::metadata(&partial).is_ok_and(|partial| partial.len() > 10_000));
        let said = run(&["backup", "--admin", &server.admin_url(), "--output", text(&file)]).bad();
        assert!(said.err.contains("another process writes"), "{}", said.err);
        let sent =
            std::process::Command::new("kill").args(["-s", signal, &stopped.id().to_string()]).status();
        assert!(sent.expect("kill").success());
        let said = Ran::of(stopped.wait_with_output().expect("a status")).bad();
        assert!(said.err.contains("stopped by a signal"), "{}", said.err);
        assert_eq!(fs::read_dir(directory.path()).expect("a directory").count(), 0);
    }
}
