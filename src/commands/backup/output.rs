//! Where a backup goes: a file that gets its name when it is whole, or standard output.

use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::commands::{Failure, unsaid};

use super::directory;

/// A backup holds everything.
const PRIVATE: u32 = 0o600;

/// Where the backup goes.
pub(super) struct Output {
    to: Box<dyn Write>,
    /// A file that gets its name when it is whole.
    file: Option<Partial>,
}

struct Partial {
    /// Locked for as long as it is written, so that others can tell it from what a killed backup left.
    file: File,
    path: PathBuf,
    whole: PathBuf,
}

impl Output {
    /// Begins the file that is to be there when it is whole; without one it goes to standard output.
    pub(super) fn open(whole: Option<&Path>) -> Result<Self, Failure> {
        let Some(whole) = whole else {
            return Ok(Output { to: Box::new(io::stdout()), file: None });
        };
        let mut partial = whole.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let file = claim(&partial).map_err(|error| unwritable(&partial, &error))?;
        let Some(file) = file else {
            return Err(Failure::new(format!("another process writes {}", partial.display())));
        };
        let to = Box::new(file.try_clone().map_err(|error| unwritable(&partial, &error))?);
        Ok(Output { to, file: Some(Partial { file, path: partial, whole: whole.to_owned() }) })
    }

    /// Writes what came.
    pub(super) fn write(&mut self, chunk: &[u8]) -> Result<(), Failure> {
        self.to.write_all(chunk).map_err(|error| match &self.file {
            Some(partial) => unwritable(&partial.path, &error),
            None => unsaid(&error),
        })
    }

    /// Everything was written: gives the file its name.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.to.flush().map_err(|error| unsaid(&error))?;
        let Some(partial) = &self.file else { return Ok(()) };
        let whole = partial.whole.clone();
        partial.publish()?;
        // From here on it is gone, and one of its name would be somebody else's.
        self.file = None;
        let kept = File::open(directory(&whole)).and_then(|directory| directory.sync_all());
        kept.map_err(|error| unwritable(&whole, &error))
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(partial) = &self.file {
            // What is left then is a file that says by its name that it is none.
            let _left = fs::remove_file(&partial.path);
        }
    }
}

impl Partial {
    /// Gives the file its name, when all of it is on the disk.
    fn publish(&self) -> Result<(), Failure> {
        let renamed = self.file.sync_all().and_then(|()| fs::rename(&self.path, &self.whole));
        renamed.map_err(|error| unwritable(&self.whole, &error))
    }
}

/// Makes a file and locks it; none where somebody else writes it.
fn claim(path: &Path) -> io::Result<Option<File>> {
    match File::options().write(true).open(path) {
        // What a killed backup left may be open to others: it is not written over.
        Ok(left) if lock(&left, path) => fs::remove_file(path)?,
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    match File::options().create_new(true).mode(PRIVATE).write(true).open(path) {
        Ok(file) => Ok(lock(&file, path).then_some(file)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(error),
    }
}

/// Locks what was found under a path, if nobody else has. Before the lock was had, it may have been published under
/// another name, or removed.
fn lock(file: &File, path: &Path) -> bool {
    let same =
        |there: Metadata| file.metadata().map(|ours| (ours.dev(), ours.ino()) == (there.dev(), there.ino()));
    !is_locked(file) && fs::metadata(path).and_then(same).unwrap_or(false)
}

/// Whether somebody else holds the lock of a file; else it is ours until the file is closed. Where files can't be
/// locked, nobody holds one.
fn is_locked(file: &File) -> bool {
    matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::because(format!("cannot write {}", path.display()), error)
}
