//! What can be wrong with a database: found when it is opened, or when a value is read.

use std::io;
use std::path::PathBuf;

use crate::domain::{Error, Kind};

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Two processes must not write to one directory.
    #[error("another process uses {}; stop it, or use another directory", path.display())]
    Locked {
        /// The directory.
        path: PathBuf,
    },
    /// Written by a later version of this program.
    #[error("{} has format {found}, this program knows formats up to {known}; use a newer one", path.display())]
    NewerFormat {
        /// The directory.
        path: PathBuf,
        /// What it says.
        found: u32,
        /// What this program can read.
        known: u32,
    },
    /// Files that are not as they were written.
    #[error("the database in {} is damaged: {detail}; restore a backup into another directory", path.display())]
    Damaged {
        /// The directory.
        path: PathBuf,
        /// Where, and how that shows.
        detail: String,
    },
    /// The operating system refused something.
    #[error("cannot use {}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A value, file or record that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Damaged(pub(super) String);

impl Damaged {
    pub(super) fn new(detail: impl Into<String>) -> Self {
        Damaged(detail.into())
    }
}

impl From<Damaged> for Error {
    fn from(damaged: Damaged) -> Error {
        Error::internal(format!("the database is damaged: {damaged}; restore a backup"))
    }
}

/// The error of a read that the engine could not do.
pub(super) fn read_failed(error: fjall::Error) -> Error {
    if is_damage(&error) {
        Damaged::new("a block cannot be read").into_error(error)
    } else {
        let detail = "the disk under the store cannot be read; look at the log and at the disk";
        Error::new(Kind::StoreUnavailable, detail).with_retry_after(5).with_source(error)
    }
}

impl Damaged {
    fn into_error(self, source: fjall::Error) -> Error {
        Error::from(self).with_source(source)
    }
}

/// Whether the engine found wrong bytes, rather than a device that does not answer.
pub(super) fn is_damage(error: &fjall::Error) -> bool {
    let io = match error {
        fjall::Error::Io(error) | fjall::Error::Storage(fjall::LsmError::Io(error)) => error,
        fjall::Error::Poisoned | fjall::Error::Locked => return false,
        _ => return true,
    };
    matches!(io.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::NotFound)
}
