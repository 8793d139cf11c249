//! The small file that remembers how far an import is.

use std::fmt;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::commands::Failure;

/// Where an import goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Target {
    /// The system, by its address as it was said.
    pub url: String,
    /// The collection.
    pub collection: String,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.collection, self.url)
    }
}

/// How far an import is, and what became of it until there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Where it goes.
    #[serde(flatten)]
    pub target: Target,
    /// Bytes of the input that are done.
    pub offset: u64,
    /// A hash of those bytes, by which the input is known again.
    pub digest: String,
    /// Lines of the input that are done.
    pub lines: u64,
    /// Lines that were written.
    pub written: u64,
    /// Lines that were refused.
    pub failed: u64,
}

/// A place that is kept in a file, if there is one to keep it in.
#[derive(Debug)]
pub(super) struct Bookmark {
    /// Where the import is.
    pub place: Place,
    path: Option<PathBuf>,
}

impl Bookmark {
    /// The beginning of an import, or where an earlier one stopped.
    pub(super) fn open(path: Option<PathBuf>, target: Target, resume: bool) -> Result<Self, Failure> {
        let beginning = Place { target, ..Place::default() };
        if !resume {
            return Ok(Bookmark { place: beginning, path });
        }
        let Some(file) = &path else {
            return Err(Failure::new("--resume needs to know how far it was; say --progress-file"));
        };
        let Some(place) = read(file)? else { return Ok(Bookmark { place: beginning, path }) };
        if place.target != beginning.target {
            let (file, before, now) = (file.display(), &place.target, &beginning.target);
            let advice = "say the same --url and --collection, or begin again without --resume";
            return Err(Failure::new(format!(
                "{file} is of an import into {before}, not into {now}; {advice}"
            )));
        }
        Ok(Bookmark { place, path })
    }

    /// Writes it down; whoever reads finds this one or the one before, never half of one.
    pub(super) fn keep(&self) -> Result<(), Failure> {
        let Some(path) = &self.path else { return Ok(()) };
        let mut beside = path.clone().into_os_string();
        beside.push(".new");
        let written = fs::File::create(&beside)
            .and_then(|mut file| file.write_all(&serde_json::to_vec(&self.place)?))
            .and_then(|()| fs::rename(&beside, path));
        written.map_err(|error| Failure::because(format!("cannot write {}", path.display()), &error))
    }

    /// The import is done.
    pub(super) fn remove(self) -> Result<(), Failure> {
        let Some(path) = self.path else { return Ok(()) };
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(Failure::because(format!("cannot remove {}", path.display()), &error))
            }
            _ => Ok(()),
        }
    }
}

/// What a file says, if there is one.
fn read(path: &Path) -> Result<Option<Place>, Failure> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::because(format!("cannot read {}", path.display()), &error)),
    };
    let place = serde_json::from_slice(&text);
    place
        .map(Some)
        .map_err(|error| Failure::because(format!("{} is no progress file", path.display()), &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_again_for_the_same_target_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = Some(directory.path().join("items.progress"));
        let at = |url: &str, collection: &str| Target { url: url.into(), collection: collection.into() };
        let open = |target, resume| Bookmark::open(path.clone(), target, resume);
        let mut bookmark = open(at("http://a", "notes"), true).unwrap();
        assert_eq!(bookmark.place.offset, 0);
        bookmark.place.offset = 17;
        bookmark.keep().unwrap();
        assert_eq!(open(at("http://a", "notes"), true).unwrap().place, bookmark.place);
        assert_eq!(open(at("http://a", "notes"), false).unwrap().place.offset, 0);
        assert!(open(at("http://a", "other"), true).is_err());
        assert!(open(at("http://b", "notes"), true).is_err());
        bookmark.remove().unwrap();
        assert_eq!(open(at("http://a", "notes"), true).unwrap().place.offset, 0);
    }
}
