//! How much room the volume has left, and when that is too little to go on.

use std::io;
use std::path::Path;

use rustix::fs::statvfs;

/// What the engine may need besides what is there: a compaction writes its whole output, a level of 256 MiB and what comes to it,
/// before it removes what it read, and journals stay until it is done. If it finds no room in the middle of that, nothing is
/// written any more until a restart.
const NEEDED: u64 = 1024 * 1024 * 1024;

/// The room of a volume, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Space {
    /// What is left.
    pub(super) free: u64,
    /// All of it.
    pub(super) total: u64,
}

impl Space {
    /// That of the volume on which a directory lies.
    pub(super) fn of(directory: &Path) -> io::Result<Space> {
        let volume = statvfs(directory)?;
        let bytes = |blocks: u64| blocks.saturating_mul(volume.f_frsize);
        Ok(Space { free: bytes(volume.f_bavail), total: bytes(volume.f_blocks) })
    }

    /// Whether nothing more should be put there. Of a small volume not all is kept free.
    pub(super) fn is_short(self) -> bool {
        self.free < NEEDED.min(self.total / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_is_short_by_what_is_left_of_it() {
        const GIB: u64 = 1 << 30;
        let short = |free, total| Space { free, total }.is_short();
        assert!(short(GIB - 1, 100 * GIB) && !short(GIB, 100 * GIB));
        assert!(short(GIB / 8, GIB / 2) && !short(GIB / 4, GIB / 2));
        let here = Space::of(Path::new(".")).unwrap();
        assert!(here.free <= here.total && here.total > 0, "{here:?}");
    }
}
