//! The sources of the package, for tests that read them.

use std::fs;
use std::path::{Path, PathBuf};

/// A source file.
pub struct Source {
    /// The path below the folder that was asked for.
    pub name: String,
    pub text: String,
}

/// Where the package is.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All sources below a folder of the package.
pub fn sources(folder: &str) -> Vec<Source> {
    let top = root().join(folder);
    let mut found = Vec::new();
    collect(&top, &top, &mut found);
    assert!(!found.is_empty(), "no sources under {}", top.display());
    found
}

fn collect(top: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("a folder of sources").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(top, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(top).expect("below the top").display().to_string();
            found.push(Source { name, text: fs::read_to_string(&path).expect("a source") });
        }
    }
}

/// A source without what its comments say.
pub fn without_comments(text: &str) -> String {
    let code = |line: &str| match line.find("//") {
        // An address in a string is no comment.
        Some(at) if !line[..at].ends_with(':') => line[..at].to_owned(),
        _ => line.to_owned(),
    };
    text.lines().map(code).collect::<Vec<_>>().join("\n")
}

/// What stands before the tests of a file.
pub fn production(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod ").map_or(text, |at| &text[..at])
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// Whether a word begins there.
pub fn word_begins(code: &str, at: usize) -> bool {
    !code[..at].ends_with(is_word)
}

/// Whether a word ends there.
pub fn word_ends(code: &str, at: usize) -> bool {
    !code[at..].starts_with(is_word)
}

/// The name at the beginning.
pub fn identifier(code: &str) -> &str {
    code.find(|char| !is_word(char)).map_or(code, |end| &code[..end])
}
