//! What a person may say to the tests, and what they say about where they run.

use std::io::Write as _;
use std::process::Command;

/// The number that an environment variable holds, if it is set.
pub fn number(name: &str) -> Option<u64> {
    let text = text(name)?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, and `{text}` is none")))
}

/// What an environment variable says, if it is set.
#[expect(clippy::disallowed_methods, reason = "a test binary has no configuration file")]
pub fn text(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Takes the environment away from a command, but for where it is to say which lines it reached.
pub fn cleared(command: &mut Command) -> &mut Command {
    const REACHED: &str = "LLVM_PROFILE_FILE";
    command.env_clear().envs(text(REACHED).map(|file| (REACHED, file)))
}

/// Says aloud that something can't be shown on this machine, and adds it to the list that `LEFT_OUT` names.
#[expect(clippy::disallowed_macros, reason = "whoever reads the output of tests reads it to its end")]
pub fn left_out(what: &str) {
    println!("left out: {what}");
    if let Some(list) = text("LEFT_OUT") {
        let file = std::fs::OpenOptions::new().append(true).create(true).open(list);
        let written = file.and_then(|mut file| writeln!(file, "{what}"));
        written.expect("the list of what is left out");
    }
}
