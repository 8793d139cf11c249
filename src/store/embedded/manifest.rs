//! Checks the engine's lists of tables, which it reads without looking at their checksums.

use std::fs;
use std::path::Path;

use xxhash_rust::xxh3::xxh3_128;

use super::error::Damaged;

/// The number of the list (8 bytes), its checksum (16), the kind of checksum (1).
const CURRENT_BYTES: usize = 25;

/// Checks the list of tables of every keyspace under a directory.
pub(super) fn check(keyspaces: &Path) -> Result<(), Damaged> {
    let unreadable = |what: &Path| {
        let what = what.display().to_string();
        move |error: std::io::Error| Damaged::new(format!("{what} cannot be read: {error}"))
    };
    for entry in fs::read_dir(keyspaces).map_err(unreadable(keyspaces))? {
        let keyspace = entry.map_err(unreadable(keyspaces))?.path();
        let current = keyspace.join("current");
        // Without it, the keyspace was not made to its end, or not removed to its end.
        if !keyspace.is_dir() || !current.exists() {
            continue;
        }
        let pointer = fs::read(&current).map_err(unreadable(&current))?;
        let (Some((number, rest)), CURRENT_BYTES) = (pointer.split_first_chunk::<8>(), pointer.len()) else {
            return Err(Damaged::new(format!("{} has not {CURRENT_BYTES} bytes", current.display())));
        };
        let list = keyspace.join(format!("v{}", u64::from_le_bytes(*number)));
        let bytes = fs::read(&list).map_err(unreadable(&list))?;
        if rest[..16] != xxh3_128(&bytes).to_le_bytes() || rest[16] != 0 {
            return Err(Damaged::new(format!("{} does not fit its checksum", list.display())));
        }
    }
    Ok(())
}
