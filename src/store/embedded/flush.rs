//! Leaves a database that is closed in a state that opens fast: everything in tables, nothing in journals.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use fjall::{AbstractTree, Database, Keyspace, KeyspaceCreateOptions};

use super::journal;

/// Journals that take less space are read at the next start faster than they are flushed now.
const WORTHWHILE_BYTES: u64 = 4 * 1024 * 1024;
/// How long closing may take for it.
const PATIENCE: Duration = Duration::from_secs(3);
const POLL: Duration = Duration::from_millis(2);

/// Brings everything into tables, then empties the journals. Nobody may write any more.
///
/// Whatever goes wrong, or takes too long, leaves the journals as they are: they are needed then.
pub(super) fn flush(database: &Database, directory: &Path) -> fjall::Result<()> {
    let journals: Vec<_> = journal::find(directory)?.into_iter().map(|(_, path)| path).collect();
    let sizes: io::Result<Vec<u64>> =
        journals.iter().map(|path| Ok(fs::metadata(path)?.blocks() * 512)).collect();
    if sizes?.iter().sum::<u64>() < WORTHWHILE_BYTES {
        return Ok(());
    }
    let keyspaces = keyspaces(database)?;
    for keyspace in &keyspaces {
        keyspace.rotate_memtable()?;
    }
    let began = Instant::now();
    while !keyspaces.iter().all(in_tables) {
        if began.elapsed() > PATIENCE {
            return Ok(());
        }
        std::thread::sleep(POLL);
    }
    empty(directory)?;
    Ok(())
}

fn keyspaces(database: &Database) -> fjall::Result<Vec<Keyspace>> {
    let names = database.list_keyspace_names();
    names.iter().map(|name| database.keyspace(name, KeyspaceCreateOptions::default)).collect()
}

/// Whether everything in a keyspace is in tables, which are synced when they are listed.
fn in_tables(keyspace: &Keyspace) -> bool {
    keyspace.sealed_memtable_count() == 0 && keyspace.tree.active_memtable().is_empty()
}

/// Removes all journals but the last, and empties that. It must stay: without any, the engine begins its numbers
/// anew, and what is written then is hidden by what is there.
fn empty(directory: &Path) -> io::Result<()> {
    let mut journals = journal::find(directory)?;
    journals.sort_unstable();
    let last = journals.pop();
    for (_, path) in journals {
        match fs::remove_file(path) {
            // The engine was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed?,
        }
    }
    if let Some((_, path)) = last {
        let file = File::options().write(true).open(path)?;
        file.set_len(0)?;
        file.sync_all()?;
    }
    Ok(())
}
