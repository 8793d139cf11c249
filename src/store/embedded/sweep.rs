//! When what has expired is cleared away: from time to time, and then until nothing is left of it.

use std::time::Duration;

use crate::domain::{Result, Timestamp};

use super::clearing::{Most, Swept};
use super::keys;
use super::writer::Writer;

/// Expired rows and records that one turn clears away.
const SWEEP_AT_ONCE: usize = 1000;

/// When to clear away what has expired, and where to go on.
pub(super) struct Sweep {
    every: Duration,
    next: Timestamp,
    pub(super) from: Vec<u8>,
    pub(super) backlog: bool,
    /// Whether that was done in this turn.
    done: bool,
}

impl Sweep {
    /// Begins at once, with the earliest.
    pub(super) fn new(every: Duration) -> Sweep {
        Sweep { every, next: Timestamp::from_micros(0), from: Vec::new(), backlog: false, done: false }
    }

    /// Whether it is time. Where the next time is further away than it can be, the clock was set back.
    fn is_due(&self, now: Timestamp) -> bool {
        now >= self.next || self.next > self.behind(now)
    }

    /// The next time behind that one.
    fn behind(&self, now: Timestamp) -> Timestamp {
        let wait = u64::try_from(self.every.as_micros()).unwrap_or(u64::MAX);
        Timestamp::from_micros(now.micros().saturating_add(wait))
    }
}

impl Writer {
    /// Clears some away where it is time for that.
    pub(super) fn sweep_if_due(&mut self) {
        let done = std::mem::take(&mut self.sweep.done);
        if done || self.restoring.is_some() || !(self.sweep.backlog || self.sweep.is_due(self.turn.now)) {
            return;
        }
        if let Err(error) = self.sweep_some() {
            tracing::error!(%error, "cannot clear away what has expired");
        }
    }

    /// Clears some away; says how many.
    pub(super) fn sweep_some(&mut self) -> Result<usize> {
        self.sweep.next = self.sweep.behind(self.turn.now);
        self.sweep.backlog = false;
        self.sweep.done = true;
        if let Some(end) = self.turn.overlay.earliest_end.take() {
            self.sweep.from = keys::expiry(end, &[], &[]).min(std::mem::take(&mut self.sweep.from));
        }
        let most = Most { entries: SWEEP_AT_ONCE, bytes: self.turn_bytes };
        let Swept { count, last, more } = self.turn.sweep(&self.sweep.from, most)?;
        self.sweep.from = last.unwrap_or_else(|| std::mem::take(&mut self.sweep.from));
        self.sweep.backlog = more;
        Ok(count)
    }
}
