//! Notices that a configuration file has changed.

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

/// What identifies the content of a file without reading it, and who may read it: a swapped symlink changes the
/// inode, a rewrite the time. The time of the last change of rights says less than the rights: setting them to what
/// they are changes it too.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark {
    modified: (i64, i64),
    length: u64,
    inode: u64,
    /// Mode, owner and group.
    rights: (u32, u32, u32),
}

/// Files whose change is to be noticed. Asked every now and then, because the files of a mounted `ConfigMap` are
/// links that are swapped, which is easy to miss when listening for events.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    files: Vec<PathBuf>,
    marks: Vec<Option<Mark>>,
}

impl Watch {
    /// Watches one more file, from how it is now. To be called before it is read: a change in between is noticed then.
    pub(super) fn add(&mut self, file: PathBuf) {
        self.marks.push(mark(&file));
        self.files.push(file);
    }

    /// What is watched.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Whether any of them has changed since it was last asked.
    pub fn changed(&mut self) -> bool {
        let marks = self.files.iter().map(mark).collect();
        let before = std::mem::replace(&mut self.marks, marks);
        before != self.marks
    }
}

fn mark(path: &PathBuf) -> Option<Mark> {
    let data = std::fs::metadata(path).ok()?;
    Some(Mark {
        modified: (data.mtime(), data.mtime_nsec()),
        length: data.len(),
        inode: data.ino(),
        rights: (data.mode(), data.uid(), data.gid()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swapped_link_and_a_rewrite_are_noticed_once() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two, link) = (dir.path().join("one"), dir.path().join("two"), dir.path().join("link.toml"));
        std::fs::write(&one, "a").unwrap();
        std::fs::write(&two, "b").unwrap();
        std::os::unix::fs::symlink(&one, &link).unwrap();
        let mut watch = Watch::default();
        watch.add(link.clone());
        assert!(!watch.changed());
        std::fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(&two, &link).unwrap();
        assert!(watch.changed());
        assert!(!watch.changed());
        std::fs::write(&two, "longer").unwrap();
        assert!(watch.changed());
    }

    #[test]
    fn other_rights_are_noticed() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("keys.toml");
        std::fs::write(&file, "a").unwrap();
        let mut watch = Watch::default();
        watch.add(file.clone());
        for mode in [0o640, 0o000, 0o600] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            assert!(watch.changed(), "{mode:o}");
            assert!(!watch.changed());
        }
    }
}
