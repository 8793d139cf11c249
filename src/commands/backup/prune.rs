//! Removes the backups that newer ones have made superfluous, and what killed backups left.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::commands::Failure;

use super::directory;

/// Removes all but the newest `keep` backups beside `newest`, which is one of them, and what killed backups left.
pub(super) fn prune(newest: &Path, keep: usize) -> Result<(), Failure> {
    let directory = directory(newest);
    let failed =
        |error| Failure::because(format!("cannot remove old backups in {}", directory.display()), &error);
    let (mut older, mut left) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        // A symlink is no backup: without it nothing would be won, and the newest may be found through it.
        if !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "backup")
            && path.file_name() != newest.file_name()
        {
            let written = fs::metadata(&path).and_then(|about| about.modified()).map_err(failed)?;
            older.push((written, path));
        } else if path.as_os_str().as_encoded_bytes().ends_with(b".backup.partial") {
            left.push(path);
        }
    }
    older.sort();
    let surplus = (older.len() + 1).saturating_sub(keep);
    for path in left {
        // Locked until it is gone, so that nobody begins to write it meanwhile.
        let file = File::options().write(true).open(&path);
        if file.is_ok_and(|file| file.try_lock().is_ok() && is_left(fs::remove_file(&path))) {
            return Err(Failure::new(format!("cannot remove {}", path.display())));
        }
    }
    for (_, path) in older.drain(..surplus) {
        fs::remove_file(&path).map_err(failed)?;
    }
    Ok(())
}

fn is_left(removed: io::Result<()>) -> bool {
    removed.is_err_and(|error| error.kind() != io::ErrorKind::NotFound)
}
