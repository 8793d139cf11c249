//! One partition of a walk: what was fetched of it, and how far it is known.

use std::collections::VecDeque;

use crate::domain::{After, Item, Key, ListQuery, successor};
use crate::store::backend::{Rows, Scan};

/// A partition on the way from one end of a range to the other.
pub(super) struct Partition {
    shard: u16,
    reverse: bool,
    /// The part of the range that nobody has looked at yet.
    lower: Vec<u8>,
    upper: Option<Vec<u8>>,
    /// The last thing that was looked at.
    last: Option<After>,
    buffer: VecDeque<(Key, Item)>,
    done: bool,
}

impl Partition {
    pub(super) fn new(shard: u16, reverse: bool, bounds: (Vec<u8>, Option<Vec<u8>>)) -> Self {
        let (lower, upper) = bounds;
        let done = upper.as_ref().is_some_and(|upper| *upper <= lower);
        Partition { shard, reverse, lower, upper, last: None, buffer: VecDeque::new(), done }
    }

    pub(super) fn head(&self) -> Option<&Key> {
        self.buffer.front().map(|(key, _)| key)
    }

    pub(super) fn pop(&mut self) -> Option<(Key, Item)> {
        self.buffer.pop_front()
    }

    /// The head without its removal.
    pub(super) fn peek(&self) -> Option<&(Key, Item)> {
        self.buffer.front()
    }

    /// Everything that was fetched and is not on a page yet.
    pub(super) fn fetched(&self) -> impl Iterator<Item = &(Key, Item)> {
        self.buffer.iter()
    }

    /// Whether something that comes before `key` may still be unknown here; any key, if there is none.
    pub(super) fn hides_before(&self, key: Option<&Key>) -> bool {
        if self.done || !self.buffer.is_empty() {
            return false;
        }
        let Some(key) = key.map(|key| key.as_str().as_bytes()) else { return true };
        match (self.reverse, &self.upper) {
            (false, _) => self.lower.as_slice() < key,
            (true, Some(upper)) => key < upper.as_slice(),
            (true, None) => true,
        }
    }

    /// Where a walk may go on that must not miss what is unknown here. None if everything is unknown.
    pub(super) fn resume(&self) -> Option<&After> {
        self.last.as_ref()
    }

    /// Whether this partition is known less far than the other.
    pub(super) fn behind(&self, other: &Partition) -> bool {
        if self.reverse { upper_of(self) > upper_of(other) } else { self.lower < other.lower }
    }

    /// Leaves out everything that begins with a common prefix.
    pub(super) fn skip(&mut self, prefix: &str) {
        while self.head().is_some_and(|key| key.as_str().starts_with(prefix)) {
            self.buffer.pop_front();
        }
        if self.done || !self.buffer.is_empty() {
            return;
        }
        self.pass(After::Prefix(prefix.into()));
    }

    /// Narrows the unknown part to what comes after, unless more than that is known.
    fn pass(&mut self, after: After) {
        let bounds = (self.lower.clone(), self.upper.clone());
        let narrowed = narrow(bounds.clone(), &after, self.reverse);
        if narrowed == bounds {
            return;
        }
        (self.lower, self.upper) = narrowed;
        self.done = self.upper.as_ref().is_some_and(|upper| *upper <= self.lower);
        self.last = Some(after);
    }

    /// Asks for the next rows before the horizon, a key of another partition: so many, and so many bytes.
    pub(super) fn scan(&self, query: &ListQuery, horizon: Option<&Key>, share: (usize, usize)) -> Scan {
        let (mut lower, mut upper) = (self.lower.clone(), self.upper.clone());
        if let Some(horizon) = horizon.map(|key| key.as_str().as_bytes().to_vec()) {
            if self.reverse {
                lower = lower.max(horizon);
            } else {
                upper = Some(upper.map_or(horizon.clone(), |upper| upper.min(horizon)));
            }
        }
        let (limit, bytes) = share;
        Scan {
            collection: query.collection.clone(),
            shard: self.shard,
            lower,
            upper,
            reverse: self.reverse,
            limit,
            bytes,
            values: query.values,
            consistency: query.consistency,
        }
    }

    /// Takes in what that asking found.
    pub(super) fn take(&mut self, rows: Rows, horizon: Option<&Key>, live: impl Fn(&Item) -> bool) {
        if let Some((key, _)) = rows.rows.last() {
            self.pass(After::Key(key.as_str().into()));
        }
        match horizon {
            _ if rows.more => {}
            Some(key) => self.pass(After::Key(key.as_str().into())),
            None => self.done = true,
        }
        self.buffer.extend(rows.rows.into_iter().filter(|(_, item)| live(item)));
    }
}

fn upper_of(partition: &Partition) -> (bool, &[u8]) {
    match &partition.upper {
        None => (true, &[]),
        Some(upper) => (false, upper),
    }
}

/// Which of two points of a walk comes later.
pub(super) fn later(one: After, another: After, reverse: bool) -> After {
    let behind_one = narrow((Vec::new(), None), &one, reverse);
    if narrow(behind_one.clone(), &another, reverse) == behind_one { one } else { another }
}

/// The part of a range that comes after a point of a walk.
pub(super) fn narrow(
    bounds: (Vec<u8>, Option<Vec<u8>>),
    after: &After,
    reverse: bool,
) -> (Vec<u8>, Option<Vec<u8>>) {
    let (lower, upper) = bounds;
    let (After::Key(text) | After::Prefix(text)) = after;
    if reverse {
        let end = text.as_bytes().to_vec();
        return (lower, Some(upper.map_or(end.clone(), |upper| upper.min(end))));
    }
    let start = match after {
        After::Key(key) => Some([key.as_bytes(), b"\0"].concat()),
        After::Prefix(prefix) => successor(prefix.as_bytes()),
    };
    match start {
        Some(start) => (lower.max(start), upper),
        // Nothing comes after a prefix of 0xff bytes only; keys are UTF-8, so this is for completeness.
        None => (lower.clone(), Some(lower)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Document, Place, Timestamp, Version, WriteId};

    fn row(key: &str, expires: Option<Timestamp>) -> (Key, Item) {
        let version = Version { stamp: 1, write: WriteId::from_bits(1) };
        let item = Item { document: Document::trusted("1".into()), version, expires };
        (Key::parse(key, Place::Parameter("key".into())).expect("a good key"), item)
    }

    /// What comes behind a folded prefix and has expired was looked at all the same.
    #[test]
    fn a_prefix_that_is_folded_forgets_nothing_that_is_known() {
        for (reverse, keys) in [(false, ["a/1", "m"]), (true, ["x/1", "b"])] {
            let mut partition = Partition::new(0, reverse, (Vec::new(), None));
            let [lives, expired] = keys;
            let rows = vec![row(lives, None), row(expired, Some(Timestamp::from_secs(1)))];
            partition.take(Rows { rows, more: true }, None, |item| item.expires.is_none());
            partition.skip(&lives[..2]);
            assert_eq!(partition.resume(), Some(&After::Key(expired.into())), "reverse: {reverse}");
        }
    }
}
