//! Where a subcommand may write a file: behind symlinks, and over nothing but a file.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::failure::Failure;

/// The file that a path names, there or still to be made: at the end of all symlinks, since a rename would replace
/// the symlink itself. What is there and no file is refused: a rename would replace a device, too.
pub(super) fn file_at(path: &Path) -> Result<PathBuf, Failure> {
    let shown = path.display();
    let fault = |error| Failure::because(format!("cannot write {shown}"), &error);
    match fs::metadata(path) {
        Ok(there) if there.is_file() && path.is_symlink() => fs::canonicalize(path).map_err(fault),
        Ok(there) if there.is_file() => Ok(path.to_owned()),
        Ok(there) if there.is_dir() => {
            Err(Failure::new(format!("{shown} is a directory; name a file in it")))
        }
        Ok(_) => Err(Failure::new(format!("{shown} is no file; use `-` for standard output"))),
        Err(error) if error.kind() == ErrorKind::NotFound && path.is_symlink() => {
            Err(Failure::new(format!("{shown} is a symlink to nothing; name the file")))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(path.to_owned()),
        Err(error) => Err(fault(error)),
    }
}
