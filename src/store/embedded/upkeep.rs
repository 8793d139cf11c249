//! What the writer looks at between its turns: the engine's memory, the room on the disk, and whether its directory is there.

use std::time::{Duration, Instant};

use fjall::{Keyspace, PersistMode};

use crate::telemetry::metrics;

use super::database::{SMALL_MEMORY, Spaces};
#[cfg(not(test))]
use super::space::Space;
use super::writer::{PATIENCE, Writer};

/// How often it is looked how much room the disk has: at 1 GB/s that is a tenth of what has to be left.
const SPACE_EVERY: Duration = Duration::from_millis(100);

/// How often all that is in memory is brought to the disk where room is short.
const MAKE_ROOM_EVERY: Duration = Duration::from_secs(2);

/// When it was looked at each of these.
pub(super) struct Upkeep {
    looked: Option<Instant>,
    looked_at_space: Option<Instant>,
    made_room: Option<Instant>,
}

impl Upkeep {
    /// Of a database that was just opened, whose directory is there.
    pub(super) fn new() -> Upkeep {
        Upkeep { looked: Some(Instant::now()), looked_at_space: None, made_room: None }
    }
}

/// Whether it is time again.
fn is_due(last: &mut Option<Instant>, every: Duration) -> bool {
    let due = last.is_none_or(|last| last.elapsed() >= every);
    if due {
        *last = Some(Instant::now());
    }
    due
}

impl Writer {
    /// To be called after each turn.
    ///
    /// # Errors
    /// Why nothing can be written any more.
    pub(super) fn keep_up(&mut self) -> Result<(), String> {
        let stuck = |error| format!("the engine cannot bring to the disk what it has in memory ({error})");
        self.look_at_memory().map_err(stuck)?;
        if is_due(&mut self.upkeep.looked_at_space, SPACE_EVERY) {
            self.look_at_space().map_err(stuck)?;
        }
        self.shared.health.turn_ended();
        // By time, not when there is nothing to do: a busy store has no such moment.
        if is_due(&mut self.upkeep.looked, PATIENCE) {
            self.turn.recent.tidy(Instant::now());
            self.observe_disk();
            self.shared.layout.in_place()?;
        }
        Ok(())
    }

    fn look_at_memory(&mut self) -> fjall::Result<()> {
        let keyspaces = keyspaces([Some(&self.turn.overlay.spaces), self.restoring.as_deref()], &self.meta);
        self.memtables.look(self.turn.began, keyspaces.clone().map(|(keyspace, _)| keyspace));
        self.rotation.look(keyspaces)
    }

    /// Looks at the room on the disk, and where there is too little, whether the engine goes on: nobody else may find out then.
    fn look_at_space(&mut self) -> fjall::Result<()> {
        #[cfg(not(test))]
        let space = Space::of(&self.shared.layout.engine());
        #[cfg(test)]
        let space = self.shared.disk.space(&self.shared.layout.engine());
        if let Ok(space) = space {
            self.shared.health.note_space(space);
        }
        if !self.shared.health.is_short() {
            return Ok(());
        }
        self.database.persist(PersistMode::Buffer)?;
        // What deletions free is free when they have been compacted with what they delete, and they are far too small to
        // fill a memtable; and a journal goes when nothing in it is in memory any more, of no keyspace.
        if is_due(&mut self.upkeep.made_room, MAKE_ROOM_EVERY) {
            self.keyspaces().try_for_each(|(keyspace, _)| keyspace.rotate_memtable().map(drop))?;
        }
        Ok(())
    }

    pub(super) fn observe_disk(&self) {
        if let Ok(bytes) = self.shared.layout.occupied() {
            metrics::embedded_disk(bytes);
        }
    }

    /// All keyspaces that are written to, with the bytes of each that may be in memory.
    pub(super) fn keyspaces(&self) -> impl Iterator<Item = (&Keyspace, u64)> + Clone {
        keyspaces([Some(&self.turn.overlay.spaces), self.restoring.as_deref()], &self.meta)
    }
}

fn keyspaces<'a>(
    generations: [Option<&'a Spaces>; 2],
    meta: &'a Keyspace,
) -> impl Iterator<Item = (&'a Keyspace, u64)> + Clone {
    let spaces = generations.into_iter().flatten().flat_map(Spaces::memory);
    spaces.chain([(meta, SMALL_MEMORY)])
}
