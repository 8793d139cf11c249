//! Fates by the names of their writes.

use std::array;
use std::collections::HashMap;

use crate::domain::OperationOutcome;

use super::{Age, WriteName};

/// A map that grows stands still while it moves what it holds: one of 200,000 fates for 30 ms, in which nothing is written.
const PARTS: usize = 64;

/// What became of a write. Small, as there are many.
#[derive(Debug)]
pub(super) enum Fate {
    /// The version's stamp and the end, zero for none.
    Written {
        created: bool,
        /// Whether it was done by a repetition, so that its original may still come.
        repeated: bool,
        stamp: u64,
        expires: u64,
    },
    Outcomes(Box<[OperationOutcome]>),
    Refused,
    /// It was begun, and how it ended is not known, or not yet.
    Unsure,
}

impl Fate {
    pub(super) fn weight(&self) -> usize {
        match self {
            Fate::Written { .. } | Fate::Refused | Fate::Unsure => 1,
            Fate::Outcomes(outcomes) => 1 + outcomes.len(),
        }
    }
}

type Part = HashMap<WriteName, (Age, Fate)>;

/// A map of fates, with the age at which each was noted.
pub(super) struct Fates([Part; PARTS]);

impl Fates {
    pub(super) fn new() -> Fates {
        Fates(array::from_fn(|_| HashMap::new()))
    }

    pub(super) fn get(&self, name: WriteName) -> Option<&(Age, Fate)> {
        self.0[place(name)].get(&name)
    }

    /// Returns what was there before.
    pub(super) fn insert(&mut self, name: WriteName, noted: Age, fate: Fate) -> Option<(Age, Fate)> {
        self.0[place(name)].insert(name, (noted, fate))
    }

    pub(super) fn remove(&mut self, name: WriteName) -> Option<Fate> {
        self.0[place(name)].remove(&name).map(|(_, fate)| fate)
    }

    /// Gives back the memory of the parts in which nothing is.
    pub(super) fn shrink(&mut self) {
        self.0.iter_mut().filter(|part| part.is_empty()).for_each(HashMap::shrink_to_fit);
    }
}

/// The part in which a name belongs. Transactions have the same target, repetitions with a key the same write.
fn place(name: WriteName) -> usize {
    // The lower bits of a write tell of its content.
    let mixed = (name.write.bits() >> 32) ^ name.target;
    usize::try_from(mixed % PARTS as u64).unwrap_or_default()
}
