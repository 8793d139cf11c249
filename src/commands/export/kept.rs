//! The file of an export: it ends with a whole line, and where nothing was exported it is not there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use crate::commands::progress_file;

/// A file that is written, until it is whole.
pub(super) struct Kept {
    pub(super) file: File,
    path: PathBuf,
    /// What says beside it of what it is, until it is whole.
    pub(super) progress: PathBuf,
    /// Whether there was none before.
    is_ours: bool,
    /// Whether everything was written.
    pub(super) is_whole: bool,
}

impl Kept {
    /// Opens a file, or makes it.
    pub(super) fn open(path: PathBuf) -> io::Result<Self> {
        let mut open = OpenOptions::new();
        open.read(true).write(true);
        let (file, is_ours) = match open.clone().create_new(true).open(&path) {
            Ok(file) => (file, true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => (open.open(&path)?, false),
            Err(error) => return Err(error),
        };
        let progress = progress_file::beside(&path);
        Ok(Kept { file, path, progress, is_ours, is_whole: false })
    }

    /// Takes away the beginning of a line, where a disk was full before all of these lines were written behind
    /// `before` bytes. What can't be taken away, `--resume` takes away.
    pub(super) fn cut(&self, before: u64, lines: &[u8]) {
        let Ok(there) = self.file.metadata() else { return };
        let written = usize::try_from(there.len().saturating_sub(before)).unwrap_or(usize::MAX);
        let written = &lines[..written.min(lines.len())];
        let whole = written.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let _left = self.file.set_len(before + whole as u64);
    }
}

impl Drop for Kept {
    /// Where nothing was exported, nothing is left to go on with.
    fn drop(&mut self) {
        let is_empty = || self.file.metadata().is_ok_and(|there| there.len() == 0);
        if self.is_whole || !is_empty() {
            return;
        }
        let _left = fs::remove_file(&self.progress);
        if self.is_ours {
            let _left = fs::remove_file(&self.path);
        }
    }
}
