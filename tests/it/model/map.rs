//! What a store should answer: the contract over a plain map, with no thought of speed.

use std::collections::BTreeMap;

use larder::domain::{Condition, Kind, Tag, Tags, Timestamp, Version, WriteId};

use super::document::{Change, Doc};
use super::operation::{Action, COLLECTIONS, DEFAULT_TTL, Lifetime, List, Place, When, Write};

/// An item, maybe expired.
#[derive(Clone, Debug)]
pub struct Known {
    pub doc: Doc,
    pub version: Version,
    pub expires: Option<Timestamp>,
    pub created: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub default_ttl: Option<u64>,
    pub require_conditions: bool,
}

/// All that there is.
#[derive(Debug, Default)]
pub struct Map {
    pub collections: BTreeMap<usize, Settings>,
    items: BTreeMap<(usize, &'static str), Known>,
    /// The version of an item before its last change.
    stale: BTreeMap<(usize, &'static str), Version>,
    pub now: u64,
}

/// What a write should do.
#[derive(Debug, PartialEq, Eq)]
pub enum Expected {
    /// Leaves a document behind.
    Stored {
        doc: Doc,
        created: bool,
        expires: Option<Timestamp>,
    },
    /// It was done before.
    Replayed {
        version: Version,
        created: bool,
        expires: Option<Timestamp>,
    },
    /// Nothing is there afterwards.
    Gone,
    /// Nothing changes.
    Checked,
    Failed(Kind),
}

impl Map {
    pub fn new(now: Timestamp) -> Self {
        let mut map = Map { now: now.micros(), ..Map::default() };
        map.collections.insert(0, Settings::default());
        map.collections.insert(1, Settings { default_ttl: Some(DEFAULT_TTL), ..Settings::default() });
        map.collections.insert(2, Settings::default());
        map
    }

    fn time(&self) -> Timestamp {
        Timestamp::from_micros(self.now)
    }

    /// The item, if it counts as being there.
    pub fn live(&self, place: &Place) -> Option<&Known> {
        let known = self.items.get(&(place.collection, place.key))?;
        let over = known.expires.is_some_and(|end| end.millis() <= self.time().millis());
        (!over).then_some(known)
    }

    /// The last version that was written there, whatever became of it.
    pub fn last(&self, place: &Place) -> Option<Version> {
        self.items.get(&(place.collection, place.key)).map(|known| known.version)
    }

    /// What the words of a condition mean now.
    pub fn condition(&self, place: &Place, when: When) -> Condition {
        let never = Version { stamp: 1, write: WriteId::from_bits(1) };
        let tag = |version: Option<Version>, weak| Tag { version: Some(version.unwrap_or(never)), weak };
        let current = self.last(place);
        let stale = self.stale.get(&(place.collection, place.key)).copied();
        let matching = |tags| Condition { if_match: Some(Tags::List(tags)), ..Condition::default() };
        let avoiding = |tags| Condition { if_none_match: Some(Tags::List(tags)), ..Condition::default() };
        match when {
            When::Always => Condition::default(),
            When::Current => matching(vec![tag(current, false)]),
            When::Stale => matching(vec![tag(stale, false)]),
            When::CurrentOrStale => matching(vec![tag(stale, false), tag(current, false)]),
            When::WeakCurrent => matching(vec![tag(current, true)]),
            When::Any => Condition { if_match: Some(Tags::Any), ..Condition::default() },
            When::Absent => Condition { if_none_match: Some(Tags::Any), ..Condition::default() },
            When::NotCurrent => avoiding(vec![tag(current, true)]),
            When::NotStale => avoiding(vec![tag(stale, false)]),
            When::UnmodifiedSince(ago) => {
                let since = Timestamp::from_secs(self.time().secs() - ago);
                Condition { if_unmodified_since: Some(since), ..Condition::default() }
            }
        }
    }

    /// Whether a condition holds, said anew and not as the domain says it.
    fn holds(&self, place: &Place, condition: &Condition) -> bool {
        let Some(known) = self.live(place) else { return condition.if_match.is_none() };
        let among = |tags: &Tags, weakly: bool| match tags {
            Tags::Any => true,
            Tags::List(tags) => {
                tags.iter().any(|tag| tag.version == Some(known.version) && (weakly || !tag.weak))
            }
        };
        let matched = condition.if_match.as_ref().is_none_or(|tags| among(tags, false));
        let avoided = condition.if_none_match.as_ref().is_none_or(|tags| !among(tags, true));
        let since = |limit: Timestamp| known.version.stamp / 1_000_000 <= limit.secs();
        matched && avoided && condition.if_unmodified_since.is_none_or(since)
    }

    /// What a single write should do.
    pub fn write(&self, write: &Write, condition: &Condition, id: WriteId) -> Expected {
        let place = &write.place;
        let may_create = matches!(write.action, Action::Put(_) | Action::Change(Change::Increment(..)));
        let settings = self.collections.get(&place.collection);
        if settings.is_none() && !may_create {
            return Expected::Failed(Kind::NoSuchCollection);
        }
        if self.lacks_condition(write, condition) {
            return Expected::Failed(Kind::PreconditionRequired);
        }
        let live = self.live(place);
        let deletes = matches!(write.action, Action::Delete);
        if let Some(known) = live.filter(|known| known.version.write == id && !deletes) {
            let Known { version, created, expires, .. } = *known;
            return Expected::Replayed { version, created, expires };
        }
        if live.is_none() && !may_create {
            return Expected::Failed(Kind::NoSuchItem);
        }
        if !self.holds(place, condition) {
            return Expected::Failed(Kind::PreconditionFailed);
        }
        self.applied(write)
    }

    fn lacks_condition(&self, write: &Write, condition: &Condition) -> bool {
        let required =
            self.collections.get(&write.place.collection).is_some_and(|settings| settings.require_conditions);
        let free = matches!(write.action, Action::Change(Change::Increment(..)) | Action::Check);
        required && !free && *condition == Condition::default()
    }

    fn applied(&self, write: &Write) -> Expected {
        let live = self.live(&write.place);
        let doc = match &write.action {
            Action::Delete => return Expected::Gone,
            Action::Check => return Expected::Checked,
            Action::Put(doc) => Some(doc.clone()),
            Action::Change(change) => change.apply(live.map(|known| &known.doc)),
        };
        let Some(doc) = doc else { return Expected::Failed(Kind::Conflict) };
        let default = self.collections.get(&write.place.collection).and_then(|settings| settings.default_ttl);
        let end = |seconds: u64| Timestamp::from_millis(self.time().millis() + seconds * 1000);
        let expires = match (write.lifetime, &write.action, live) {
            (Lifetime::Never, ..) => None,
            (Lifetime::Seconds(seconds), ..) => Some(end(seconds)),
            (Lifetime::Unsaid, Action::Change(_), Some(known)) => known.expires,
            (Lifetime::Unsaid, ..) => default.map(end),
        };
        Expected::Stored { doc, created: live.is_none(), expires }
    }

    /// What a transaction should do: the outcome of each operation, or the kind and places of its failure.
    pub fn transaction(&self, writes: &[(Write, Condition)]) -> Result<Vec<Expected>, (Kind, Vec<usize>)> {
        let places = |fails: &dyn Fn(&(Write, Condition)) -> bool| -> Vec<usize> {
            (0..writes.len()).filter(|place| fails(&writes[*place])).collect()
        };
        let makes = |write: &Write| !matches!(write.action, Action::Delete | Action::Check);
        let made = |name| writes.iter().any(|(write, _)| write.place.collection == name && makes(write));
        let missing = places(&|(write, _)| {
            let name = write.place.collection;
            !self.collections.contains_key(&name) && !made(name)
        });
        let unguarded = places(&|(write, condition)| self.lacks_condition(write, condition));
        let failed = places(&|(write, condition)| !self.holds(&write.place, condition));
        let unfit = places(&|(write, _)| self.applied(write) == Expected::Failed(Kind::Conflict));
        let faults = [
            (Kind::NoSuchCollection, missing),
            (Kind::PreconditionRequired, unguarded),
            (Kind::TransactionPrecondition, failed),
            (Kind::Conflict, unfit),
        ];
        match faults.into_iter().find(|(_, places)| !places.is_empty()) {
            Some(fault) => Err(fault),
            None => Ok(writes.iter().map(|(write, _)| self.applied(write)).collect()),
        }
    }

    /// Keeps what a write did.
    pub fn keep(
        &mut self,
        place: &Place,
        doc: Doc,
        version: Version,
        expires: Option<Timestamp>,
        created: bool,
    ) {
        self.collections.entry(place.collection).or_default();
        if let Some(before) = self.last(place) {
            self.stale.insert((place.collection, place.key), before);
        }
        self.items.insert((place.collection, place.key), Known { doc, version, expires, created });
    }

    /// Forgets an item.
    pub fn remove(&mut self, place: &Place) {
        if let Some(known) = self.items.remove(&(place.collection, place.key)) {
            self.stale.insert((place.collection, place.key), known.version);
        }
    }

    /// Whether a collection holds nothing.
    pub fn is_empty(&self, collection: usize) -> bool {
        !self
            .items
            .keys()
            .any(|(at, key)| *at == collection && self.live(&Place { collection, key }).is_some())
    }

    /// Forgets a collection.
    pub fn remove_collection(&mut self, collection: usize) {
        self.collections.remove(&collection);
        self.items.retain(|(at, _), _| *at != collection);
    }

    /// The keys with their items, and the common prefixes, that a whole walk sees.
    pub fn list(&self, list: &List) -> (Vec<(&'static str, Known)>, Vec<String>) {
        let (mut entries, mut prefixes) = (Vec::new(), Vec::new());
        for ((_, key), _) in self.items.iter().filter(|((at, _), _)| *at == list.collection) {
            let Some(known) = self.live(&Place { collection: list.collection, key }) else { continue };
            let above = list.start.is_none_or(|start| key.as_bytes() >= start.as_bytes());
            let below = list.end.is_none_or(|end| key.as_bytes() < end.as_bytes());
            if !(above && below && key.starts_with(list.prefix)) {
                continue;
            }
            let rest = &key[list.prefix.len()..];
            match list.delimiter.and_then(|delimiter| rest.find(delimiter).map(|at| at + delimiter.len())) {
                None => entries.push((*key, known.clone())),
                Some(end) => {
                    let prefix = key[..list.prefix.len() + end].to_owned();
                    if prefixes.last() != Some(&prefix) {
                        prefixes.push(prefix);
                    }
                }
            }
        }
        if list.reverse {
            entries.reverse();
            prefixes.reverse();
        }
        (entries, prefixes)
    }

    /// How a collection is called.
    pub fn name(collection: usize) -> &'static str {
        COLLECTIONS[collection]
    }
}
