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
