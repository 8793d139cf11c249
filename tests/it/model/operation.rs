//! Operations of the model test, and how they are drawn.

use super::document::{Change, Doc, Step};
use super::random::Random;

/// Collections: one like any other, one with a default lifetime, one with shards, one that is made by writes.
pub const COLLECTIONS: [&str; 4] = ["plain", "mortal", "sharded", "wild"];
pub const DEFAULT_TTL: u64 = 3;
pub const SHARDS: u16 = 5;
const KEYS: [&str; 12] = ["a", "a/1", "a/2", "a/b/1", "a0", "b", "b/1", "c", "d/1", "é", "z", "~"];
const BOUNDS: [&str; 8] = ["", "a", "a/", "a/2", "b", "c", "d/0", "zz"];

/// One item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub collection: usize,
    pub key: &'static str,
}

/// A condition, in words that mean something whatever happened before.
#[derive(Clone, Copy, Debug)]
pub enum When {
    Always,
    Current,
    Stale,
    CurrentOrStale,
    WeakCurrent,
    Any,
    Absent,
    NotCurrent,
    NotStale,
    /// Not changed since that many seconds before now.
    UnmodifiedSince(u64),
}

#[derive(Clone, Copy, Debug)]
pub enum Lifetime {
    Unsaid,
    Never,
    Seconds(u64),
}

#[derive(Clone, Debug)]
pub enum Action {
    Put(Doc),
    Change(Change),
    Delete,
    /// In a transaction only.
    Check,
}

#[derive(Clone, Debug)]
pub struct Write {
    pub place: Place,
    pub action: Action,
    pub when: When,
    pub lifetime: Lifetime,
}

#[derive(Clone, Debug)]
pub struct List {
    pub collection: usize,
    pub prefix: &'static str,
    pub start: Option<&'static str>,
    pub end: Option<&'static str>,
    pub reverse: bool,
    pub limit: u16,
    pub delimiter: Option<&'static str>,
    pub values: bool,
}

#[derive(Clone, Debug)]
pub enum Op {
    Write(Write),
    /// The last write once more, word for word.
    Repeat,
    Get(Place, bool),
    GetMany(Vec<Place>),
    Snapshot(Vec<Place>),
    List(List),
    Transaction(Vec<Write>),
    Advance(u64),
    RequireConditions(bool),
    RemoveCollection(usize),
}

/// Draws that many operations.
pub fn draw(random: &mut Random, count: usize) -> Vec<Op> {
    (0..count).map(|_| operation(random)).collect()
}

fn operation(random: &mut Random) -> Op {
    match random.below(100) {
        0..45 => Op::Write(write(random, false)),
        45..49 => Op::Repeat,
        49..60 => Op::Get(place(random), random.once_in(2)),
        60..63 => Op::GetMany(places(random)),
        63..66 => Op::Snapshot(places(random)),
        66..74 => Op::List(list(random)),
        74..84 => Op::Transaction(transaction(random)),
        84..98 => {
            let longest = random.of(&[1, 10, 1000, 1000, 2500]);
            Op::Advance(1 + random.below(longest))
        }
        98 => Op::RequireConditions(random.once_in(3)),
        _ => Op::RemoveCollection(random.below(COLLECTIONS.len() as u64) as usize),
    }
}

fn place(random: &mut Random) -> Place {
    let collection = random.below(COLLECTIONS.len() as u64) as usize;
    Place { collection, key: random.of(&KEYS) }
}

fn places(random: &mut Random) -> Vec<Place> {
    let count = random.below(6);
    let mut places: Vec<Place> = (0..count).map(|_| place(random)).collect();
    places.sort();
    places.dedup();
    places
}

fn doc(random: &mut Random) -> Doc {
    match random.below(5) {
        0 => Doc::Text(random.below(9)),
        1 | 2 => Doc::Number(number(random)),
        _ => {
            let mut names = vec!['p', 'q', 'r', 's'];
            names.rotate_left(random.below(4) as usize);
            names.truncate(random.below(4) as usize);
            Doc::Object(names.into_iter().map(|name| (name, number(random))).collect())
        }
    }
}

fn number(random: &mut Random) -> i64 {
    random.below(21) as i64 - 10
}

fn name(random: &mut Random) -> char {
    random.of(&['p', 'q', 'r', 's'])
}

fn change(random: &mut Random, increments_only: bool) -> Change {
    let kinds = if increments_only { 1 } else { 3 };
    match random.below(kinds) {
        0 => {
            let place = if random.once_in(2) { None } else { Some(name(random)) };
            Change::Increment(place, number(random))
        }
        1 => {
            let mut members: Vec<(char, Option<i64>)> = Vec::new();
            for _ in 0..random.below(3) {
                let name = name(random);
                if members.iter().all(|(there, _)| *there != name) {
                    let to = (!random.once_in(3)).then(|| number(random));
                    members.push((name, to));
                }
            }
            Change::Merge(members)
        }
        _ => {
            let step = random.of(&[Step::Add, Step::Remove, Step::Replace, Step::Test]);
            Change::Step(step, name(random), number(random))
        }
    }
}

fn write(random: &mut Random, together: bool) -> Write {
    let action = match random.below(if together { 9 } else { 8 }) {
        0..4 => Action::Put(doc(random)),
        4..7 => Action::Change(change(random, together)),
        7 => Action::Delete,
        _ => Action::Check,
    };
    let mut when = when(random);
    if matches!((&action, when), (Action::Check, When::Always)) {
        when = When::Any;
    }
    let lifetime = match random.below(4) {
        0 => Lifetime::Seconds(1 + random.below(3)),
        1 if random.once_in(3) => Lifetime::Never,
        _ => Lifetime::Unsaid,
    };
    Write { place: place(random), action, when, lifetime }
}

fn when(random: &mut Random) -> When {
    if random.once_in(2) {
        return When::Always;
    }
    let since = When::UnmodifiedSince(random.below(4));
    random.of(&[
        When::Current,
        When::Current,
        When::Stale,
        When::CurrentOrStale,
        When::WeakCurrent,
        When::Any,
        When::Absent,
        When::Absent,
        When::NotCurrent,
        When::NotStale,
        since,
    ])
}

fn transaction(random: &mut Random) -> Vec<Write> {
    let mut writes: Vec<Write> = Vec::new();
    for _ in 0..1 + random.below(5) {
        let write = write(random, true);
        if writes.iter().all(|other| other.place != write.place) {
            writes.push(write);
        }
    }
    writes
}

fn list(random: &mut Random) -> List {
    let bound = |random: &mut Random| (random.once_in(3)).then(|| random.of(&BOUNDS));
    List {
        collection: random.below(COLLECTIONS.len() as u64) as usize,
        prefix: random.of(&["", "", "", "a", "a/", "b", "nothing"]),
        start: bound(random),
        end: bound(random),
        reverse: random.once_in(2),
        limit: random.of(&[1, 2, 3, 5, 100, 1000]),
        delimiter: random.of(&[None, None, Some("/"), Some("/b/")]),
        values: !random.once_in(3),
    }
}
