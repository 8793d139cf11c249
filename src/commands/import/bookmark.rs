//! The small file that remembers how far an import is.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::commands::Failure;
use crate::commands::progress_file::{self, Subject};

/// How far an import is, and what became of it until there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// Where it goes.
    pub subject: Subject,
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
    pub(super) fn open(path: Option<PathBuf>, subject: Subject, resume: bool) -> Result<Self, Failure> {
        let beginning = Place { subject, ..Place::default() };
        if !resume {
            return Ok(Bookmark { place: beginning, path });
        }
        let Some(file) = &path else {
            return Err(Failure::usage("--resume needs to know how far it was; say --progress-file"));
        };
        let Some(place) = progress_file::read::<Place>(file)? else {
            return Ok(Bookmark { place: beginning, path });
        };
        if place.subject != beginning.subject {
            let (file, before, now) = (file.display(), &place.subject, &beginning.subject);
            let advice = "say the same --url and --collection, or begin again without --resume";
            return Err(Failure::new(format!(
                "{file} is of an import into {before}, not into {now}; {advice}"
            )));
        }
        Ok(Bookmark { place, path })
    }

    /// Writes it down.
    pub(super) fn keep(&self) -> Result<(), Failure> {
        self.path.iter().try_for_each(|path| progress_file::write(path, &self.place))
    }

    /// The import is done.
    pub(super) fn remove(self) -> Result<(), Failure> {
        self.path.iter().try_for_each(|path| progress_file::remove(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_again_for_the_same_collection_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = Some(directory.path().join("items.progress"));
        let at = |url: &str, collection: &str| Subject { url: url.into(), collection: collection.into() };
        let open = |subject, resume| Bookmark::open(path.clone(), subject, resume);
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
