//! Holds `docs/commands.md` against what the binary says of itself.

use std::fs;

use super::program::{run, text};

/// Subcommands with a section of their own.
const DESCRIBED: [&str; 8] =
    ["key new", "healthcheck", "smoke", "export", "import", "bootstrap", "backup", "restore"];
/// The subcommands of `app pki`, which share a section.
const OF_PKI: [&str; 5] = ["init", "issue", "show", "rotate", "retire"];
/// Flags that say settings, described with the configuration, and the one that every subcommand takes.
const ELSEWHERE: [&str; 4] = ["--role", "--config", "--set", "--help"];

fn page() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/commands.md")).expect("docs/commands.md")
}

/// The words in a text that begin like a flag.
fn flags(text: &str) -> Vec<&str> {
    let word = |char: char| !(char.is_ascii_alphanumeric() || char == '-');
    let mut flags: Vec<_> = text
        .split(word)
        .filter(|word| word.starts_with("--") && !word.ends_with('-') && !ELSEWHERE.contains(word))
        .collect();
    flags.sort_unstable();
    flags.dedup();
    flags
}

#[test]
fn every_subcommand_is_listed_and_no_other() {
    let help = run(&["--help"]).good();
    let list =
        help.text().split_once("Commands:\n").expect("a list").1.split_once("\n\n").expect("its end").0;
    let commands: Vec<_> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let page = page();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `app ")?.split('`').next());
    let documented: Vec<_> = rows.collect();
    let expected: Vec<_> = commands.into_iter().filter(|command| *command != "help").collect();
    assert_eq!(documented, expected);
}

#[test]
fn the_help_tells_every_exit_code() {
    let help = run(&["--help"]).good();
    let codes = help.text().split_once("Exit codes: ").expect("exit codes").1;
    for code in ["0 ", "1 ", "64 ", "128 + a signal's number"] {
        assert!(codes.contains(code), "{code} is missing in {codes}");
    }
}

#[test]
fn every_flag_is_described_in_the_section_of_its_command_and_no_other() {
    let page = page();
    for command in DESCRIBED {
        let words: Vec<_> = command.split(' ').chain(["--help"]).collect();
        let help = run(&words).good();
        let section = page.split_once(&format!("\n## app {command}\n")).expect("a section").1;
        let section = section.split("\n## ").next().expect("its text");
        assert_eq!(flags(section), flags(help.text()), "app {command}");
    }
}

#[test]
fn every_flag_of_pki_is_described_and_no_other() {
    let page = page();
    let section = page.split_once("\n## app pki\n").expect("a section").1;
    let section = section.split("\n## ").next().expect("its text");
    let helps = OF_PKI.map(|command| run(&["pki", command, "--help"]).good().text().to_owned()).concat();
    assert_eq!(flags(section), flags(&helps));
}

#[test]
fn what_makes_no_sense_ends_with_64_and_touches_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let input = directory.path().join("notes.ndjson");
    fs::write(&input, "{}\n").expect("a file");
    let input = text(&input);
    let nowhere = ["--collection", "c", "--retries", "0", "--url", "http://127.0.0.1:1"];
    for (command, flags, told) in [
        ("import", &["--resume"][..], "say --progress-file"),
        ("import", &["--resume", "--input", "-"], "say --progress-file"),
        ("import", &["--input", input, "--progress-file", input], "is the input"),
        ("import", &["--token", "two\nlines"], "the token is not one line"),
        ("export", &["--resume"], "say --output"),
        ("export", &["--resume", "--output", "-"], "say --output"),
        ("export", &["--token", "two\nlines"], "the token is not one line"),
    ] {
        let said = run(&[&[command], &nowhere[..], flags].concat()).senseless();
        assert!(said.err.contains(told), "{command} {flags:?}: {}", said.err);
    }
    assert_eq!(fs::read_to_string(input).expect("the file"), "{}\n");
}
