//! The files of a database: a format, a lock, the number of the last acknowledged turn, and the engine's directory.
//!
//! ```text
//! format    what wrote this, and in which version; the first thing that is made
//! lock      held by the process that uses the directory
//! acked     see `acked`; made as acked.new
//! engine/   fjall's; made as engine.new, so that it is either whole or not there
//! ```

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::acked::Acked;
use super::error::OpenError;
use super::journal::{self, JournalError};
use super::manifest;

/// The version of everything under the directory. Grows when an older program could not read it any more.
pub(super) const FORMAT: u32 = 1;
const FORMAT_NAME: &str = "larder embedded store, format ";

/// A directory that this process holds.
pub(super) struct Layout {
    path: PathBuf,
    /// Unlocks when it is closed.
    lock: File,
}

impl Layout {
    /// Takes the directory, making it if it is not there.
    pub(super) fn take(path: &Path) -> Result<Layout, OpenError> {
        fs::create_dir_all(path).map_err(|e| failed(path, e))?;
        let lock_path = path.join("lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&lock_path);
        let lock = lock.map_err(|e| failed(&lock_path, e))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::Locked { path: path.to_owned() }),
            Err(TryLockError::Error(error)) => return Err(failed(&lock_path, error)),
        }
        let layout = Layout { path: path.to_owned(), lock };
        layout.check_format()?;
        Ok(layout)
    }

    /// Where the engine keeps its files.
    pub(super) fn engine(&self) -> PathBuf {
        self.path.join("engine")
    }

    /// Whether there is a database already; if not, clears away what a crash left of making one.
    pub(super) fn exists(&self) -> Result<bool, OpenError> {
        let fresh = self.path.join("engine.new");
        if fresh.exists() {
            fs::remove_dir_all(&fresh).map_err(|e| failed(&fresh, e))?;
        }
        let acked = self.path.join("acked");
        match (self.engine().exists(), acked.exists()) {
            (true, true) => Ok(true),
            (false, false) => Ok(false),
            (true, false) => Err(self.damaged("the file `acked` is missing")),
            (false, true) => {
                let turn =
                    Acked::open(&acked).and_then(|acked| acked.load()).map_err(|e| failed(&acked, e))?;
                // Made, but the engine's directory is not in its place yet: nothing was ever acknowledged.
                if turn.is_some_and(|turn| turn < 2) {
                    Ok(false)
                } else {
                    Err(self.damaged("the directory `engine` is missing"))
                }
            }
        }
    }

    /// Makes a database with `fill`, which makes the engine's files in the directory that it is given.
    pub(super) fn create(&self, fill: impl FnOnce(&Path) -> Result<(), OpenError>) -> Result<(), OpenError> {
        let (acked, fresh) = (self.path.join("acked"), self.path.join("acked.new"));
        Acked::create(&fresh).and_then(|_| fs::rename(&fresh, &acked)).map_err(|e| failed(&fresh, e))?;
        let fresh = self.path.join("engine.new");
        fill(&fresh)?;
        fs::rename(&fresh, self.engine()).map_err(|e| failed(&fresh, e))?;
        self.sync_directory()
    }

    /// Checks what the engine does not check, and makes its lock if a copy of the files left that out, which holds
    /// nothing. Returns the file of acknowledged turns, and the least turn that the engine must hold.
    pub(super) fn check(&self) -> Result<(Acked, u64), OpenError> {
        let path = self.path.join("acked");
        let acked = Acked::open(&path).map_err(|e| failed(&path, e))?;
        let Some(turn) = acked.load().map_err(|e| failed(&path, e))? else {
            return Err(self.damaged("the file `acked` is unreadable"));
        };
        manifest::check(&self.engine().join("keyspaces")).map_err(|damaged| self.damaged(&damaged.0))?;
        let lock = self.engine().join("lock");
        let made = File::options().create(true).truncate(false).write(true).open(&lock);
        made.map_err(|e| failed(&lock, e))?;
        match journal::check(&self.engine(), turn) {
            Ok(last) => Ok((acked, turn.max(last.unwrap_or_default()))),
            Err(JournalError::Damaged(damaged)) => Err(self.damaged(&damaged.0)),
            Err(JournalError::Io(path, error)) => Err(failed(&path, error)),
        }
    }

    /// Whether what this process writes is what is found under the path. Files that are open outlive their directory:
    /// writes to them succeed, and are lost when the process ends.
    pub(super) fn in_place(&self) -> Result<(), String> {
        let is_ours = || -> io::Result<bool> {
            let (ours, there) = (self.lock.metadata()?, fs::metadata(self.path.join("lock"))?);
            fs::metadata(self.engine())?;
            Ok((ours.dev(), ours.ino()) == (there.dev(), there.ino()))
        };
        match is_ours() {
            Ok(true) => Ok(()),
            Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                // What can't be looked at may well be there.
                Ok(())
            }
            _ => Err(format!(
                "the data directory {} is gone, or another is in its place; make a backup through the admin port, as what \
                 is written may end with this process",
                self.path.display()
            )),
        }
    }

    /// Bytes that all files here take on the disk, as the volume counts them.
    pub(super) fn occupied(&self) -> io::Result<u64> {
        let (mut bytes, mut rest) = (0, vec![self.path.clone()]);
        while let Some(directory) = rest.pop() {
            for entry in fs::read_dir(directory)? {
                let entry = entry?;
                match entry.metadata() {
                    Ok(about) if about.is_dir() => rest.push(entry.path()),
                    // A file may be made longer than what is written to it so far.
                    Ok(about) => bytes += about.blocks() * 512,
                    // The engine removes files at any time.
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(bytes)
    }

    /// An error about something in this directory.
    pub(super) fn damaged(&self, detail: &str) -> OpenError {
        OpenError::Damaged { path: self.path.clone(), detail: detail.into() }
    }

    fn check_format(&self) -> Result<(), OpenError> {
        let path = self.path.join("format");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return self.write_format(&path),
            Err(error) if error.kind() == ErrorKind::InvalidData => String::new(),
            Err(error) => return Err(failed(&path, error)),
        };
        let number = text.strip_prefix(FORMAT_NAME).and_then(|rest| rest.strip_suffix('\n'));
        match number.and_then(|number| number.parse().ok()) {
            Some(FORMAT) => Ok(()),
            Some(found) if found > FORMAT => {
                Err(OpenError::NewerFormat { path: self.path.clone(), found, known: FORMAT })
            }
            _ => Err(self.damaged("the file `format` does not say what this is")),
        }
    }

    fn write_format(&self, path: &Path) -> Result<(), OpenError> {
        if self.engine().exists() || self.path.join("acked").exists() {
            return Err(self.damaged("the file `format` is missing"));
        }
        let fresh = self.path.join("format.new");
        let mut file = File::create(&fresh).map_err(|e| failed(&fresh, e))?;
        let written = writeln!(file, "{FORMAT_NAME}{FORMAT}").and_then(|()| file.sync_all());
        written.and_then(|()| fs::rename(&fresh, path)).map_err(|e| failed(&fresh, e))?;
        self.sync_directory()
    }

    fn sync_directory(&self) -> Result<(), OpenError> {
        File::open(&self.path).and_then(|directory| directory.sync_all()).map_err(|e| failed(&self.path, e))
    }
}

/// An error of the operating system about a file.
pub(super) fn failed(path: &Path, source: io::Error) -> OpenError {
    OpenError::Io { path: path.to_owned(), source }
}
