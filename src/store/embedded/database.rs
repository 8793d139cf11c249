//! The engine's database: its keyspaces, how it is made and opened, and a consistent view of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use fjall::{CompressionType, Database, Keyspace, KeyspaceCreateOptions, OwnedWriteBatch, PersistMode};
use rpds::RedBlackTreeMapSync;
use rustix::process::{Resource, getrlimit};

use crate::domain::{Collection, CollectionName};

use super::acked::Acked;
use super::batch::Batch;
use super::error::{OpenError, is_damage};
use super::layout::{Layout, failed};
use super::record::{self, LAST_TURN, LastTurn};

/// The least that the engine allows. Journals beyond it are flushed, so that opening need not read many.
const JOURNALS_BYTES: u64 = 64 * 1024 * 1024;
/// New rows that are kept in memory before they are written in order.
const ITEMS_MEMORY: u64 = 32 * 1024 * 1024;
pub(super) const SMALL_MEMORY: u64 = 4 * 1024 * 1024;
/// Of so many files that the process may have open, one is for a table of the database.
pub const SHARE_OF_FILES: usize = 4;
/// Tables that the engine keeps open.
const CACHED_FILES: usize = 900;
/// Batches that bring the engine's numbers beyond those of the keyspaces that were made and removed since the last
/// batch: two for each of four, made and removed at most once.
const PASSED: usize = 32;

/// The settings of all collections, by name. A copy shares all but what changes, so that each turn may publish one.
pub(super) type Collections = RedBlackTreeMapSync<CollectionName, Collection>;

/// The keyspaces of one generation of the data.
pub(super) struct Spaces {
    pub(super) generation: u32,
    /// Rows, under `keys::item`.
    pub(super) items: Keyspace,
    /// Settings, under the collection's name.
    pub(super) collections: Keyspace,
    /// What will expire, under `keys::expiry`, without values.
    pub(super) expiry: Keyspace,
    /// Answers, under the id of the idempotency key.
    pub(super) tokens: Keyspace,
}

const NAMES: [&str; 4] = ["items", "collections", "expiry", "tokens"];

impl Spaces {
    /// Opens the keyspaces of a generation, making those that are not there.
    pub(super) fn open(database: &Database, generation: u32) -> fjall::Result<Spaces> {
        let open = |name: &str, memory: u64| {
            let options = || KeyspaceCreateOptions::default().max_memtable_size(memory);
            database.keyspace(&full_name(name, generation), options)
        };
        let [items, collections, expiry, tokens] = NAMES;
        Ok(Spaces {
            generation,
            items: open(items, ITEMS_MEMORY)?,
            collections: open(collections, SMALL_MEMORY)?,
            expiry: open(expiry, SMALL_MEMORY)?,
            tokens: open(tokens, SMALL_MEMORY)?,
        })
    }

    /// All of them, with the bytes of each that may be in memory.
    pub(super) fn memory(&self) -> impl Iterator<Item = (&Keyspace, u64)> + Clone {
        let [items, small @ ..] = self.all();
        [(items, ITEMS_MEMORY)].into_iter().chain(small.map(|keyspace| (keyspace, SMALL_MEMORY)))
    }

    /// Gives the keyspaces up; the files go when nobody reads them any more.
    pub(super) fn delete(&self, database: &Database) -> fjall::Result<()> {
        self.all().into_iter().try_for_each(|space| database.delete_keyspace(space.clone()))
    }

    /// All of them.
    pub(super) fn all(&self) -> [&Keyspace; 4] {
        [&self.items, &self.collections, &self.expiry, &self.tokens]
    }

    fn exist(database: &Database, generation: u32) -> bool {
        NAMES.iter().all(|name| database.keyspace_exists(&full_name(name, generation)))
    }

    /// The first generation behind that one of which nothing is there.
    pub(super) fn unused(database: &Database, generation: u32) -> u32 {
        let unused = |generation: &u32| {
            !NAMES.iter().any(|name| database.keyspace_exists(&full_name(name, *generation)))
        };
        (generation + 1..).find(unused).unwrap_or(u32::MAX)
    }
}

fn full_name(name: &str, generation: u32) -> String {
    format!("{name}.{generation}")
}

/// An open database.
pub(super) struct Opened {
    pub(super) database: Database,
    pub(super) meta: Keyspace,
    pub(super) spaces: Arc<Spaces>,
    pub(super) collections: Collections,
    pub(super) last: LastTurn,
    pub(super) acked: Acked,
    /// Held as long as the database is open.
    pub(super) layout: Layout,
}

/// Opens the database in a directory, or makes one.
pub(super) fn open(path: &Path, cache_bytes: u64) -> Result<Opened, OpenError> {
    let layout = Layout::take(path)?;
    if !layout.exists()? {
        layout.create(|engine| {
            caught(&layout, || create(engine).map_err(|error| explained(&layout, &error)))
        })?;
    }
    let (acked, least_turn) = layout.check()?;
    let parts = caught(&layout, || read(&layout, cache_bytes, least_turn))?;
    let (database, meta, spaces, collections, last) = parts;
    Ok(Opened { database, meta, spaces, collections, last, acked, layout })
}

type Parts = (Database, Keyspace, Arc<Spaces>, Collections, LastTurn);

fn create(path: &Path) -> fjall::Result<()> {
    let database = engine(path, 1024 * 1024)?;
    let meta = database.keyspace("meta", meta_options)?;
    let first = LastTurn { turn: 1, stamp: 0, generation: 1 };
    Spaces::open(&database, first.generation)?;
    let mut batch = Batch::new(&database, 1);
    batch.insert(&meta, LAST_TURN, first.encode());
    batch.commit()
}

fn read(layout: &Layout, cache_bytes: u64, least_turn: u64) -> Result<Parts, OpenError> {
    let explain = |error: fjall::Error| explained(layout, &error);
    let database = engine(&layout.engine(), cache_bytes).map_err(explain)?;
    if !database.keyspace_exists("meta") {
        return Err(layout.damaged("the keyspace `meta` is missing"));
    }
    let meta = database.keyspace("meta", meta_options).map_err(explain)?;
    let Some(value) = meta.get(LAST_TURN).map_err(explain)? else {
        return Err(layout.damaged("the number of the last batch is missing"));
    };
    let mut last = LastTurn::decode(&value).map_err(|damaged| layout.damaged(&damaged.0))?;
    if last.turn < least_turn {
        let lost = format!("the last batch is {}, but batch {least_turn} was acknowledged", last.turn);
        return Err(layout.damaged(&lost));
    }
    if !Spaces::exist(&database, last.generation) {
        return Err(layout.damaged("a keyspace is missing"));
    }
    drop_other_generations(&database, &meta, &mut last).map_err(explain)?;
    let spaces = Spaces::open(&database, last.generation).map_err(explain)?;
    let collections = read_collections(layout, &spaces)?;
    Ok((database, meta, Arc::new(spaces), collections, last))
}

fn engine(path: &Path, cache_bytes: u64) -> fjall::Result<Database> {
    Database::builder(path)
        .cache_size(cache_bytes)
        .journal_compression(CompressionType::None)
        .max_journaling_size(JOURNALS_BYTES)
        // With more, the engine's workers hand compactions to each other in circles.
        .worker_threads(1)
        .max_cached_files(Some(cached_files()))
        .open()
}

/// Tables that are kept open, but no more than the database's share.
fn cached_files() -> usize {
    let may_open = getrlimit(Resource::Nofile).current.and_then(|most| usize::try_from(most).ok());
    may_open.map_or(CACHED_FILES, |most| CACHED_FILES.min(most / SHARE_OF_FILES))
}

fn meta_options() -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default().max_memtable_size(SMALL_MEMORY)
}

/// What a crash left of a restore.
fn drop_other_generations(database: &Database, meta: &Keyspace, last: &mut LastTurn) -> fjall::Result<()> {
    let suffix = format!(".{}", last.generation);
    let other = |name: &str| name != "meta" && !name.ends_with(&suffix);
    let left: Vec<_> = database.list_keyspace_names().into_iter().filter(|name| other(name)).collect();
    if !left.is_empty() {
        pass_removals(database, meta, last)?;
    }
    for name in left {
        let left = database.keyspace(&name, KeyspaceCreateOptions::default)?;
        database.delete_keyspace(left)?;
    }
    Ok(())
}

/// Makes sure that what is done to the list of keyspaces from now on counts as later than all that was done before.
///
/// The engine gives such changes numbers as it does to writes, but when it is opened it goes on behind the last
/// write that it finds. So a keyspace that is made after a start could count as made before another one of the same
/// id was removed: at the next start it would be unknown, and its files thrown away. Batches that say nothing new
/// bring the numbers beyond that; the last one is on the disk when this returns.
pub(super) fn pass_removals(database: &Database, meta: &Keyspace, last: &mut LastTurn) -> fjall::Result<()> {
    for left in (0..PASSED).rev() {
        let durability = (left == 0).then_some(PersistMode::SyncData);
        let mut batch = OwnedWriteBatch::with_capacity(database.clone(), 1).durability(durability);
        last.turn += 1;
        batch.insert(meta, LAST_TURN, last.encode());
        batch.commit()?;
    }
    Ok(())
}

fn read_collections(layout: &Layout, spaces: &Spaces) -> Result<Collections, OpenError> {
    let mut collections = Collections::new_sync();
    for entry in spaces.collections.iter() {
        let (key, value) = entry.into_inner().map_err(|error| explained(layout, &error))?;
        let read = record::decode_collection(&key, &Bytes::from(value));
        let collection = read.map_err(|damaged| layout.damaged(&damaged.0))?;
        collections.insert_mut(collection.name.clone(), collection);
    }
    Ok(collections)
}

fn explained(layout: &Layout, error: &fjall::Error) -> OpenError {
    let engine = layout.engine();
    match error {
        fjall::Error::Io(io) | fjall::Error::Storage(fjall::LsmError::Io(io)) => match is_damage(error) {
            // The engine does not say which.
            true => layout.damaged(&format!("a file in {} cannot be read: {io}", engine.display())),
            false => failed(&engine, std::io::Error::new(io.kind(), io.to_string())),
        },
        error => layout.damaged(&format!("the engine's files in {}: {error:?}", engine.display())),
    }
}

/// The engine panics at some kinds of damage.
fn caught<T>(layout: &Layout, open: impl FnOnce() -> Result<T, OpenError>) -> Result<T, OpenError> {
    catch_unwind(AssertUnwindSafe(open)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(layout.damaged(text.unwrap_or("the engine cannot read its files")))
    })
}
