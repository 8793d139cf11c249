//! `app pki`: what it makes, and what it never does.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use larder::commands::pki::{Authority, Lifetime};
use larder::config::{Chain, Facts};

use crate::commands::program::{Ran, run, text};

fn pki(dir: &Path, command: &str, more: &[&str]) -> Ran {
    run(&[&["pki", command, "--dir", text(dir)], more].concat())
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

fn facts(path: &Path) -> Vec<Facts> {
    let chain = Chain::parse(&std::fs::read_to_string(path).expect("a file")).expect("certificates");
    chain.certificates().iter().map(|der| Facts::read(der).expect("a certificate")).collect()
}

#[test]
fn an_authority_and_what_it_issues() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("new");
    pki(&dir, "init", &["--name", "Ours", "--days", "30"]).good();
    let sans =
        ["--san", "api", "--san", "127.0.0.1", "--san", "::1", "--san", "spiffe://c/api", "--san", "*.a.b"];
    pki(&dir, "issue", &[&["--name", "api", "--days", "90"][..], &sans].concat()).good();
    for (file, expected) in [("ca.key", 0o600), ("api.key", 0o600), ("ca.pem", 0o644), ("api.pem", 0o644)] {
        assert_eq!(mode(&dir.join(file)), expected, "{file}");
    }
    let (ca, leaf) = (facts(&dir.join("ca.pem")).remove(0), facts(&dir.join("api.pem")).remove(0));
    assert!(ca.is_authority && !leaf.is_authority);
    assert_eq!((ca.subject.as_str(), leaf.issuer.as_str()), ("CN=Ours", "CN=Ours"));
    let names: Vec<&str> = leaf.names().map(String::as_str).collect();
    assert_eq!(names, ["api", "*.a.b", "127.0.0.1", "::1", "spiffe://c/api"]);
    assert!(leaf.not_after <= ca.not_after, "a leaf does not outlive its authority");
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 4, "nothing is left over");

    let shown = run(&["pki", "show", text(&dir.join("api.pem")), text(&dir.join("api.key"))]).good();
    for words in ["CN=api", "spiffe://c/api", "days left", "a private key, which is not shown"] {
        assert!(shown.text().contains(words), "{words:?} is not in: {}", shown.text());
    }
    let key = std::fs::read_to_string(dir.join("api.key")).unwrap();
    assert!(!shown.text().contains(key.lines().nth(1).unwrap()));
    run(&["pki", "show", text(&dir.join("nothing.pem"))]).bad();
}

#[test]
fn nothing_is_overwritten_unless_that_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let no_authority = pki(dir, "issue", &["--name", "api"]).bad();
    assert!(no_authority.err.contains("app pki init"), "{}", no_authority.err);
    pki(dir, "init", &[]).good();
    pki(dir, "issue", &["--name", "api", "--san", "a", "--san", "b"]).good();
    let read = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap();
    let (ca, api) = (read("ca.pem"), read("api.pem"));
    assert!(pki(dir, "init", &[]).bad().err.contains("rotate"));
    assert!(pki(dir, "issue", &["--name", "api"]).bad().err.contains("--force"));
    pki(dir, "init", &["--if-needed"]).good();
    pki(dir, "issue", &["--name", "api", "--san", "b", "--san", "a", "--if-needed"]).good();
    assert_eq!((read("ca.pem"), read("api.pem")), (ca, api.clone()));
    // Renewed, with the names that it had.
    pki(dir, "issue", &["--name", "api", "--force"]).good();
    assert_ne!(read("api.pem"), api);
    let names: Vec<String> = facts(&dir.join("api.pem"))[0].names().cloned().collect();
    assert_eq!(names, ["a", "b"]);
    // Other names are a need.
    pki(dir, "issue", &["--name", "api", "--san", "c", "--if-needed"]).good();
    assert_eq!(facts(&dir.join("api.pem"))[0].dns_names, ["c"]);
    let longest = "n".repeat(64);
    for name in ["ca", "../api", ".api", "a/b", "", &format!("{longest}n")] {
        assert_eq!(pki(dir, "issue", &["--name", name]).status.code(), Some(64), "{name}");
    }
    pki(dir, "issue", &["--name", &longest, "--san", "a"]).good();
    pki(dir, "issue", &["--name", "bad", "--san", "no name"]).senseless();
    pki(dir, "issue", &["--name", "no..name"]).senseless();
}

#[test]
fn an_authority_is_rotated_with_both_trusted_in_between() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    for name in ["", " ", "two\nlines", &"é".repeat(65)] {
        pki(dir, "init", &["--name", name]).senseless();
        pki(dir, "rotate", &["--name", name]).senseless();
    }
    pki(dir, "init", &["--name", "Old"]).good();
    pki(dir, "issue", &["--name", "api"]).good();
    pki(dir, "rotate", &["--name", "New"]).good();
    let subjects = |file: &str| -> Vec<String> {
        facts(&dir.join(file)).into_iter().map(|facts| facts.subject).collect()
    };
    assert_eq!(subjects("ca.pem"), ["CN=New", "CN=Old"]);
    assert_eq!(mode(&dir.join("ca.key")), 0o600);
    assert_eq!(facts(&dir.join("api.pem"))[0].issuer, "CN=Old");
    // What the old one has issued is to be issued again.
    pki(dir, "issue", &["--name", "api", "--if-needed"]).good();
    assert_eq!(facts(&dir.join("api.pem"))[0].issuer, "CN=New");
    pki(dir, "retire", &[]).good();
    assert_eq!(subjects("ca.pem"), ["CN=New"]);
    pki(dir, "issue", &["--name", "store"]).good();
}

#[test]
fn an_authority_stays_while_what_it_has_issued_holds() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    pki(dir, "init", &["--name", "Old"]).good();
    for leaf in ["api", "store"] {
        pki(dir, "issue", &["--name", leaf]).good();
    }
    // One whose time is over binds nobody, nor does what only ends so.
    let read = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap();
    let old = Authority::load(&read("ca.pem"), &read("ca.key")).unwrap();
    let over =
        old.issue("over", &["over".to_owned()], Lifetime { from: 1_600_000_000, until: 1_600_086_400 });
    std::fs::write(dir.join("over.pem"), over.unwrap().certificate).unwrap();
    std::fs::write(dir.join("notes.pem"), "none").unwrap();
    pki(dir, "retire", &[]).good();
    pki(dir, "rotate", &["--name", "New"]).good();
    let retire = |more: &[&str], authorities: usize| {
        let said = pki(dir, "retire", more);
        assert_eq!(facts(&dir.join("ca.pem")).len(), authorities, "{}", said.err);
        said
    };
    let said = retire(&[], 2).bad().err;
    for words in ["api.pem, ", "store.pem", "app pki issue --force", "--force retires"] {
        assert!(said.contains(words), "{words:?} is not in: {said}");
    }
    pki(dir, "issue", &["--name", "api", "--force"]).good();
    let said = retire(&[], 2).bad().err;
    assert!(said.contains("store.pem") && !said.contains("api.pem"), "{said}");
    // What can't be looked at is no reason not to do what was insisted on.
    std::fs::write(dir.join("odd.pem"), [0xff]).unwrap();
    assert!(retire(&[], 2).bad().err.contains("odd.pem"));
    retire(&["--force"], 1).good();
    std::fs::remove_file(dir.join("odd.pem")).unwrap();
    // Older ones than the last count as well.
    pki(dir, "rotate", &[]).good();
    pki(dir, "rotate", &[]).good();
    let said = retire(&[], 3).bad().err;
    assert!(said.contains("api.pem") && !said.contains("store.pem"), "{said}");
    std::fs::remove_file(dir.join("api.pem")).unwrap();
    retire(&[], 1).good();
}

#[test]
fn half_an_authority_is_told_with_the_way_out() {
    for missing in ["ca.key", "ca.pem"] {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        pki(dir, "init", &[]).good();
        std::fs::remove_file(dir.join(missing)).unwrap();
        let tried: [(&str, &[&str]); 5] = [
            ("issue", &["--name", "api"]),
            ("rotate", &[]),
            ("retire", &[]),
            ("init", &[]),
            ("init", &["--if-needed"]),
        ];
        for (command, more) in tried {
            let said = pki(dir, command, more).bad();
            let told = format!(
                "{} is missing: bring it back, or make another authority by `app pki init --force`, after which all certificates are to be issued again",
                dir.join(missing).display()
            );
            assert!(said.err.contains(&told), "{command} {more:?}: {}", said.err);
        }
        pki(dir, "init", &["--force"]).good();
        pki(dir, "issue", &["--name", "api"]).good();
    }
}
