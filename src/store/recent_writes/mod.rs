//! What became of writes lately, where the rows do not tell it any more: so that a repeated write is known again.
//!
//! A row carries the name of the write that made it. So this remembers only writes that a later one replaced, deletes,
//! whole transactions, and repetitions that were refused.

mod fates;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use xxhash_rust::xxh3::xxh3_64;

use crate::domain::{Attempt, OperationOutcome, Result, Timestamp, Version, WriteId, Written};
use crate::store::judge;

use fates::{Fate, Fates};

/// A write on something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct WriteName {
    write: WriteId,
    target: u64,
}

impl WriteName {
    /// A write on the row under a key, or on the settings of a collection.
    pub(super) fn of(write: WriteId, key: &[u8]) -> WriteName {
        WriteName { write, target: xxh3_64(key) }
    }

    /// Another write on the same thing.
    pub(super) fn by(self, write: WriteId) -> WriteName {
        WriteName { write, ..self }
    }

    /// A whole transaction.
    pub(super) fn whole(write: WriteId) -> WriteName {
        WriteName { write, target: 0 }
    }
}

/// Seconds since the memory began.
type Age = u32;

/// The memory.
pub(super) struct RecentWrites {
    fates: Fates,
    ages: VecDeque<(Age, WriteName)>,
    weight: usize,
    most: usize,
    began: Instant,
    window: Duration,
    /// When the youngest of those was noted that had to be forgotten for want of room.
    forgotten: Option<Age>,
}

impl RecentWrites {
    /// A memory of that many fates, none of them older than `window`.
    pub(super) fn new(most: usize, window: Duration) -> RecentWrites {
        let (fates, ages) = (Fates::new(), VecDeque::new());
        RecentWrites { fates, ages, weight: 0, most, began: Instant::now(), window, forgotten: None }
    }

    /// The answer that a single write had, if it is remembered. Without its document.
    ///
    /// # Errors
    /// `outcome-unknown` for the late original of a repeated write that was refused: it must not happen any more.
    pub(super) fn written(&self, name: WriteName, attempt: Attempt, keyed: bool) -> Result<Option<Written>> {
        match self.fate(name, attempt, keyed)? {
            Some(&Fate::Written { created, stamp, expires, .. }) => {
                let version = (stamp != 0).then_some(Version { stamp, write: name.write });
                let expires = (expires != 0).then_some(Timestamp::from_micros(expires));
                Ok(Some(Written { created, version, expires, document: None }))
            }
            _ => Ok(None),
        }
    }

    /// The answer that a transaction had, if it is remembered.
    ///
    /// # Errors
    /// As `written`.
    pub(super) fn outcomes(
        &self,
        name: WriteName,
        attempt: Attempt,
        keyed: bool,
    ) -> Result<Option<Vec<OperationOutcome>>> {
        match self.fate(name, attempt, keyed)? {
            Some(Fate::Outcomes(outcomes)) => Ok(Some(outcomes.to_vec())),
            _ => Ok(None),
        }
    }

    fn fate(&self, name: WriteName, attempt: Attempt, keyed: bool) -> Result<Option<&Fate>> {
        // A caller may repeat a key himself; what that means is said by the row alone, on every backend.
        if attempt == Attempt::First && keyed {
            return Ok(None);
        }
        match self.fates.get(name) {
            Some((_, Fate::Refused)) if attempt == Attempt::First => Err(judge::outcome_unknown()),
            Some((_, Fate::Refused | Fate::Unsure)) | None => Ok(None),
            Some((_, fate)) => Ok(Some(fate)),
        }
    }

    /// How an attempt is to be judged of which nothing is remembered.
    pub(super) fn attempt(&self, attempt: Attempt, now: Instant) -> Attempt {
        let complete = self.forgotten.is_none_or(|noted| self.is_old(noted, self.age(now)));
        match attempt {
            Attempt::RepeatHere if complete => Attempt::First,
            Attempt::RepeatHere => Attempt::RepeatElsewhere,
            attempt => attempt,
        }
    }

    /// The same for a write by its name, which may have been begun here, with an end that nobody noted.
    pub(super) fn attempt_of(&self, name: WriteName, attempt: Attempt, keyed: bool, now: Instant) -> Attempt {
        let by_the_caller = attempt == Attempt::First && keyed;
        match self.fates.get(name) {
            Some((_, Fate::Unsure)) if !by_the_caller => Attempt::RepeatElsewhere,
            _ => self.attempt(attempt, now),
        }
    }

    /// Notes that a write was begun.
    pub(super) fn note_unsure(&mut self, name: WriteName, now: Instant) {
        self.note(name, Fate::Unsure, now);
    }

    /// Notes that a write that was begun did nothing.
    pub(super) fn note_undone(&mut self, name: WriteName) {
        if let Some(fate) = self.fates.remove(name) {
            self.weight -= fate.weight();
        }
    }

    /// Notes the answer of a write that its row does not tell.
    pub(super) fn note_written(&mut self, name: WriteName, written: &Written, now: Instant) {
        self.note_written_by(name, written, Attempt::First, now);
    }

    /// The same, with the attempt that did it.
    pub(super) fn note_written_by(&mut self, name: WriteName, written: &Written, by: Attempt, now: Instant) {
        let stamp = written.version.map_or(0, |version| version.stamp);
        let expires = written.expires.map_or(0, Timestamp::micros);
        let repeated = by != Attempt::First;
        self.note(name, Fate::Written { created: written.created, repeated, stamp, expires }, now);
    }

    /// Whether the row tells all that is to be known of a write that comes for the first time: none of its
    /// repetitions was here before it.
    pub(super) fn is_first(&self, name: WriteName, attempt: Attempt) -> bool {
        let overtaken =
            matches!(self.fates.get(name), Some((_, Fate::Written { repeated: true, .. } | Fate::Refused)));
        attempt == Attempt::First && !overtaken
    }

    /// Notes the answer of a transaction.
    pub(super) fn note_outcomes(&mut self, name: WriteName, outcomes: &[OperationOutcome], now: Instant) {
        self.note(name, Fate::Outcomes(outcomes.into()), now);
    }

    /// Notes that a repeated write was refused, so that its original, should it come late, does nothing.
    pub(super) fn note_refused(&mut self, name: WriteName, now: Instant) {
        self.note(name, Fate::Refused, now);
    }

    /// Forgets everything; repetitions of what was written before are not known any more.
    pub(super) fn forget(&mut self, now: Instant) {
        let forgotten = Some(self.age(now));
        *self = RecentWrites { forgotten, began: self.began, ..RecentWrites::new(self.most, self.window) };
    }

    /// Gives back the memory of what has grown old. For when nothing else is to be done.
    pub(super) fn tidy(&mut self, now: Instant) {
        self.drop_old(self.age(now));
        self.fates.shrink();
        if self.ages.is_empty() {
            self.ages.shrink_to_fit();
        }
    }

    /// How long fates are remembered.
    pub(super) fn window(&self) -> Duration {
        self.window
    }

    fn age(&self, now: Instant) -> Age {
        Age::try_from(now.saturating_duration_since(self.began).as_secs()).unwrap_or(Age::MAX)
    }

    fn is_old(&self, noted: Age, now: Age) -> bool {
        u64::from(now.saturating_sub(noted)) > self.window.as_secs()
    }

    fn note(&mut self, name: WriteName, fate: Fate, now: Instant) {
        let now = self.age(now);
        self.weight += fate.weight();
        let before = self.fates.insert(name, now, fate);
        self.weight -= before.as_ref().map_or(0, |(_, before)| before.weight());
        // Mostly a write is begun and done in the same second, and has its place already.
        if before.is_none_or(|(noted, _)| noted != now) {
            self.ages.push_back((now, name));
        }
        self.drop_old(now);
    }

    fn drop_old(&mut self, now: Age) {
        while let Some((noted, name)) = self.ages.front().copied() {
            let old = self.is_old(noted, now);
            let crowded = self.weight > self.most || self.ages.len() > 2 * self.most;
            if !old && !crowded {
                break;
            }
            self.ages.pop_front();
            // Whatever was noted again since then has another entry.
            if self.fates.get(name).is_some_and(|(at, _)| *at == noted)
                && let Some(fate) = self.fates.remove(name)
            {
                self.weight -= fate.weight();
                if !old {
                    self.forgotten = Some(noted);
                }
            }
        }
    }
}
