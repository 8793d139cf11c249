//! What became of writes lately, where the rows do not tell it any more: so that a repeated write is known again.
//!
//! A row carries the name of the write that made it. So only those are remembered here that another write came
//! over, deletes, transactions as a whole, and refusals of repeated writes.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use xxhash_rust::xxh3::xxh3_64;

use crate::domain::{Attempt, OperationOutcome, Result, Timestamp, Version, WriteId, Written};
use crate::store::judge;

/// A write on something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name {
    write: WriteId,
    target: u64,
}

impl Name {
    /// A write on the row under a key, or on the settings of a collection.
    pub(super) fn of(write: WriteId, key: &[u8]) -> Name {
        Name { write, target: xxh3_64(key) }
    }

    /// Another write on the same thing.
    pub(super) fn by(self, write: WriteId) -> Name {
        Name { write, ..self }
    }

    /// A whole transaction.
    pub(super) fn whole(write: WriteId) -> Name {
        Name { write, target: 0 }
    }
}

/// What became of a write.
#[derive(Clone, Debug)]
enum Fate {
    Written { created: bool, version: Option<Version>, expires: Option<Timestamp> },
    Outcomes(Box<[OperationOutcome]>),
    Refused,
}

impl Fate {
    fn weight(&self) -> usize {
        match self {
            Fate::Written { .. } | Fate::Refused => 1,
            Fate::Outcomes(outcomes) => 1 + outcomes.len(),
        }
    }
}

/// The memory.
pub(super) struct Repeats {
    fates: HashMap<Name, (Instant, Fate)>,
    ages: VecDeque<(Instant, Name)>,
    weight: usize,
    most: usize,
    window: Duration,
    /// When the youngest of those was noted that had to be forgotten for want of room.
    forgotten: Option<Instant>,
}

impl Repeats {
    /// A memory of that many fates, none of them older than `window`.
    pub(super) fn new(most: usize, window: Duration) -> Repeats {
        let (fates, ages) = (HashMap::new(), VecDeque::new());
        Repeats { fates, ages, weight: 0, most, window, forgotten: None }
    }

    /// The answer that a single write had, if it is remembered. Without its document.
    ///
    /// # Errors
    /// `outcome-unknown` for the late original of a repeated write that was refused: it must not happen any more.
    pub(super) fn written(&self, name: Name, attempt: Attempt, keyed: bool) -> Result<Option<Written>> {
        match self.fate(name, attempt, keyed)? {
            Some(Fate::Written { created, version, expires }) => {
                let (created, version, expires) = (*created, *version, *expires);
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
        name: Name,
        attempt: Attempt,
        keyed: bool,
    ) -> Result<Option<Vec<OperationOutcome>>> {
        match self.fate(name, attempt, keyed)? {
            Some(Fate::Outcomes(outcomes)) => Ok(Some(outcomes.to_vec())),
            _ => Ok(None),
        }
    }

    fn fate(&self, name: Name, attempt: Attempt, keyed: bool) -> Result<Option<&Fate>> {
        // A caller may repeat a key himself; what that means is said by the row alone, on every backend.
        if attempt == Attempt::First && keyed {
            return Ok(None);
        }
        match self.fates.get(&name) {
            Some((_, Fate::Refused)) if attempt == Attempt::First => Err(judge::outcome_unknown()),
            Some((_, Fate::Refused)) | None => Ok(None),
            Some((_, fate)) => Ok(Some(fate)),
        }
    }

    /// How an attempt is to be judged of which nothing is remembered.
    pub(super) fn attempt(&self, attempt: Attempt, now: Instant) -> Attempt {
        let complete = self.forgotten.is_none_or(|noted| now.duration_since(noted) > self.window);
        match attempt {
            Attempt::RepeatHere if complete => Attempt::First,
            Attempt::RepeatHere => Attempt::RepeatElsewhere,
            attempt => attempt,
        }
    }

    /// Notes the answer of a write that its row does not tell.
    pub(super) fn note_written(&mut self, name: Name, written: &Written, now: Instant) {
        let Written { created, version, expires, .. } = *written;
        self.note(name, Fate::Written { created, version, expires }, now);
    }

    /// Notes the answer of a transaction.
    pub(super) fn note_outcomes(&mut self, name: Name, outcomes: &[OperationOutcome], now: Instant) {
        self.note(name, Fate::Outcomes(outcomes.into()), now);
    }

    /// Notes that a repeated write was refused, so that its original, should it come late, does nothing.
    pub(super) fn note_refused(&mut self, name: Name, now: Instant) {
        self.note(name, Fate::Refused, now);
    }

    /// Forgets everything; repetitions of what was written before are not known any more.
    pub(super) fn forget(&mut self, now: Instant) {
        *self = Repeats { forgotten: Some(now), ..Repeats::new(self.most, self.window) };
    }

    /// How long fates are remembered.
    pub(super) fn window(&self) -> Duration {
        self.window
    }

    fn note(&mut self, name: Name, fate: Fate, now: Instant) {
        self.weight += fate.weight();
        if let Some((_, before)) = self.fates.insert(name, (now, fate)) {
            self.weight -= before.weight();
        }
        self.ages.push_back((now, name));
        while let Some((noted, name)) = self.ages.front().copied() {
            let crowded = self.weight > self.most || self.ages.len() > 2 * self.most;
            if now.duration_since(noted) <= self.window && !crowded {
                break;
            }
            self.ages.pop_front();
            // Whatever was noted again since then has another entry.
            if self.fates.get(&name).is_some_and(|(at, _)| *at == noted)
                && let Some((_, fate)) = self.fates.remove(&name)
            {
                self.weight -= fate.weight();
                if now.duration_since(noted) <= self.window {
                    self.forgotten = Some(noted);
                }
            }
        }
    }
}
