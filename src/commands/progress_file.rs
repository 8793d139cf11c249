//! The small file beside a transfer that may take several runs: it says what the transfer is of, and goes at its end.

use std::fmt;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::failure::Failure;

/// A collection of a system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Subject {
    /// The system, by its address as it was said.
    pub(super) url: String,
    /// The collection.
    pub(super) collection: String,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.collection, self.url)
    }
}

/// Where it is, if nothing else was said.
pub(super) fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".progress");
    PathBuf::from(name)
}

/// What it says, if it is there.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Failure> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::because(format!("cannot read {}", path.display()), &error)),
    };
    let said = serde_json::from_slice(&text);
    said.map(Some)
        .map_err(|error| Failure::because(format!("{} is no progress file", path.display()), &error))
}

/// Writes it; whoever reads finds this one or the one before, never half of one.
pub(super) fn write<T: Serialize>(path: &Path, says: &T) -> Result<(), Failure> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let written = fs::File::create(&fresh)
        .and_then(|mut file| file.write_all(&serde_json::to_vec(says)?))
        .and_then(|()| fs::rename(&fresh, path));
    written.map_err(|error| {
        let _left = fs::remove_file(&fresh);
        Failure::because(format!("cannot write {}", path.display()), &error)
    })
}

/// The transfer is done.
pub(super) fn remove(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Failure::because(format!("cannot remove {}", path.display()), &error))
        }
        _ => Ok(()),
    }
}
