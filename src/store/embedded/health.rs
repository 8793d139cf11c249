//! Whether writes are taken: what ended that, and how long the turn of now has taken.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::domain::{Error, Kind, Result};

use super::space::Space;

/// A turn that takes longer does not end any more, as far as anybody knows. One that waits for a long compaction takes
/// seconds.
const LONGEST_TURN: Duration = Duration::from_secs(60);
/// No turn is under way.
const NONE: u64 = u64::MAX;

/// What is known of the thread that writes.
pub(super) struct Health {
    fault: OnceLock<String>,
    born: Instant,
    /// Milliseconds from `born` to the beginning of the turn of now.
    turn: AtomicU64,
    /// Whether the disk is nearly full.
    short: AtomicBool,
}

impl Health {
    /// All is well.
    pub(super) fn new() -> Health {
        Health {
            fault: OnceLock::new(),
            born: Instant::now(),
            turn: AtomicU64::new(NONE),
            short: AtomicBool::new(false),
        }
    }

    /// From now on nothing is written; says why.
    pub(super) fn fail(&self, why: String) {
        tracing::error!(reason = %why, "the store refuses all writes from now on; look at the disk, then restart");
        // The first fault is the cause of all others.
        drop(self.fault.set(why));
    }

    /// Why nothing is written any more.
    pub(super) fn fault(&self) -> Option<&str> {
        self.fault.get().map(String::as_str)
    }

    /// A turn begins.
    pub(super) fn turn_began(&self, now: Instant) {
        self.turn.store(self.millis(now), Ordering::Relaxed);
    }

    /// It has ended.
    pub(super) fn turn_ended(&self) {
        self.turn.store(NONE, Ordering::Relaxed);
    }

    /// Notes how much room the disk has left.
    pub(super) fn note_space(&self, space: Space) {
        let short = space.is_short();
        if self.short.swap(short, Ordering::Relaxed) == short {
            return;
        }
        let Space { free, total } = space;
        match short {
            true => tracing::warn!(
                free,
                total,
                "the disk is nearly full: nothing but deletions is taken until there is more room"
            ),
            false => tracing::info!(free, total, "the disk has room again: all writes are taken"),
        }
    }

    /// Whether the disk was nearly full when it was looked at last.
    pub(super) fn is_short(&self) -> bool {
        self.short.load(Ordering::Relaxed)
    }

    /// Whether there is room for what is to be added.
    ///
    /// # Errors
    /// `store-unavailable`.
    pub(super) fn check_room(&self) -> Result<()> {
        if !self.is_short() {
            return Ok(());
        }
        let detail =
            "the disk of the store is nearly full: nothing but deletions is taken until there is more room";
        Err(Error::new(Kind::StoreUnavailable, detail).with_retry_after(30))
    }

    /// Whether writes are taken.
    ///
    /// # Errors
    /// `store-unavailable`.
    pub(super) fn check(&self) -> Result<()> {
        let Some(fault) = self.fault() else { return Ok(()) };
        let detail = format!("{fault}; nothing is written until the store is restarted");
        Err(Error::new(Kind::StoreUnavailable, detail).with_retry_after(30))
    }

    /// The same, and whether the turn of now goes on.
    ///
    /// # Errors
    /// `store-unavailable`.
    pub(super) fn check_progress(&self, now: Instant) -> Result<()> {
        self.check()?;
        let began = self.turn.load(Ordering::Relaxed);
        let took = Duration::from_millis(self.millis(now).saturating_sub(began));
        if took <= LONGEST_TURN {
            return Ok(());
        }
        let detail = format!("the disk has not taken a write for {} s; look at it", took.as_secs());
        Err(Error::new(Kind::StoreUnavailable, detail).with_retry_after(30))
    }

    fn millis(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.born).as_millis()).unwrap_or(NONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_that_never_ends_is_no_health_and_one_that_has_ended_is() {
        let health = Health::new();
        let (now, later) = (Instant::now(), Instant::now() + LONGEST_TURN + Duration::from_secs(2));
        assert!(health.check_progress(later).is_ok(), "nothing is to be done");
        health.turn_began(now);
        assert!(health.check_progress(now + LONGEST_TURN / 2).is_ok());
        assert_eq!(health.check_progress(later).unwrap_err().kind(), Kind::StoreUnavailable);
        assert!(health.check().is_ok(), "it may still end");
        health.turn_ended();
        assert!(health.check_progress(later).is_ok());
        health.fail("gone".into());
        assert!(health.check_progress(now).is_err() && health.check().is_err());
    }
}
