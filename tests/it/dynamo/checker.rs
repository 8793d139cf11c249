//! Judges the history of one key: what was written and seen, when, and what the writers were told.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use larder::domain::Version;

/// What a writer was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Done,
    /// It certainly was not done.
    Refused,
    /// Nobody knows.
    Unknown,
}

/// A write of a document that no other write stores; `None` removes.
#[derive(Clone, Debug)]
pub struct Written {
    pub document: Option<String>,
    /// The version that its condition named.
    pub over: Option<Version>,
    /// The version that it made, if it was told one.
    pub version: Option<Version>,
    pub told: Told,
    pub began: Instant,
    pub ended: Instant,
}

/// A strong read.
#[derive(Clone, Debug)]
pub struct Look {
    pub found: Option<(Version, String)>,
    pub began: Instant,
    pub ended: Instant,
}

/// Everything that happened to a key.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub writes: Vec<Written>,
    pub looks: Vec<Look>,
}

impl History {
    /// What is wrong with it.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        self.seen_was_written(&mut faults);
        self.done_is_seen(&mut faults);
        self.versions_grow(&mut faults);
        self.nothing_comes_back(&mut faults);
        self.one_follows_another(&mut faults);
        faults
    }

    /// Whatever was seen was stored by a write that was not refused, with that document.
    fn seen_was_written(&self, faults: &mut Vec<String>) {
        let by_document: HashMap<&str, &Written> =
            self.writes.iter().filter_map(|write| Some((write.document.as_deref()?, write))).collect();
        for look in &self.looks {
            let Some((version, document)) = &look.found else { continue };
            match by_document.get(document.as_str()) {
                None => faults.push(format!("{document} was seen, and never written")),
                Some(write) if write.told == Told::Refused => {
                    faults.push(format!("{document} was seen, though its write was refused"));
                }
                Some(write) if write.version.is_some_and(|made| made != *version) => {
                    faults
                        .push(format!("{document} was written as {:?} and seen as {version}", write.version));
                }
                Some(write) if look.ended < write.began => {
                    faults.push(format!("{document} was seen before it was written"));
                }
                Some(_) => {}
            }
        }
    }

    /// What was done is seen by whoever looks later: that version or a later one. Where somebody removes it may be
    /// nothing, or what another one made at the same time: a write that waits for capacity keeps its stamp, and may be
    /// done when what was made meanwhile has gone again.
    fn done_is_seen(&self, faults: &mut Vec<String>) {
        let removals = self.writes.iter().any(|write| write.document.is_none());
        let over_before = |document: &str, began: Instant| {
            let of = self.writes.iter().find(|write| write.document.as_deref() == Some(document));
            of.is_some_and(|write| write.ended < began)
        };
        for write in self.writes.iter().filter(|write| write.told == Told::Done) {
            let Some(made) = write.version else { continue };
            for look in self.looks.iter().filter(|look| look.began > write.ended) {
                match &look.found {
                    Some((version, document))
                        if version.stamp < made.stamp
                            && (!removals || over_before(document, write.began)) =>
                    {
                        faults.push(format!("{made} was acknowledged, and {version} seen after it"));
                    }
                    None if !removals => faults.push(format!("{made} was acknowledged, and lost")),
                    _ => {}
                }
            }
        }
    }

    /// A write that began after another had ended has a greater stamp.
    fn versions_grow(&self, faults: &mut Vec<String>) {
        let done: Vec<(&Written, Version)> =
            self.writes.iter().filter_map(|write| Some((write, write.version?))).collect();
        for (first, before) in &done {
            for (second, after) in &done {
                if second.began > first.ended && after.stamp <= before.stamp {
                    faults.push(format!("{after} was written after {before}"));
                }
            }
        }
    }

    /// A version that was seen, and then not, is never seen again.
    fn nothing_comes_back(&self, faults: &mut Vec<String>) {
        let mut looks: Vec<&Look> = self.looks.iter().collect();
        looks.sort_by_key(|look| look.ended);
        let (mut seen, mut gone) = (HashSet::new(), HashMap::new());
        for look in looks {
            let found = look.found.as_ref().map(|(version, _)| *version);
            if let Some(version) = found {
                if gone.get(&version).is_some_and(|since: &Instant| look.began > *since) {
                    faults.push(format!("{version} came back"));
                }
                seen.insert(version);
            }
            for version in seen.iter().filter(|version| Some(**version) != found) {
                gone.entry(*version).or_insert(look.ended);
            }
        }
    }

    /// Of the writes under If-Match of one version at most one was done.
    fn one_follows_another(&self, faults: &mut Vec<String>) {
        let seen: HashSet<&str> =
            self.looks.iter().filter_map(|look| look.found.as_ref()).map(|(_, text)| text.as_str()).collect();
        let mut followers: HashMap<Version, usize> = HashMap::new();
        for write in &self.writes {
            let visible = write.document.as_deref().is_some_and(|document| seen.contains(document));
            if let Some(over) = write.over.filter(|_| write.told == Told::Done || visible) {
                *followers.entry(over).or_default() += 1;
            }
        }
        for (version, count) in followers.into_iter().filter(|(_, count)| *count > 1) {
            faults.push(format!("{count} writes were done over {version}"));
        }
    }
}

/// The checker finds each kind of fault.
#[test]
fn planted_faults_are_found() {
    use larder::domain::WriteId;
    let start = Instant::now();
    let at = |millis: u64| start + std::time::Duration::from_millis(millis);
    let version = |stamp: u64| Version { stamp, write: WriteId::from_bits(stamp) };
    let write = |stamp: u64, over: Option<u64>, told: Told, from: u64| Written {
        document: Some(format!("\"{stamp}\"")),
        over: over.map(version),
        version: (told == Told::Done).then(|| version(stamp)),
        told,
        began: at(from),
        ended: at(from + 1),
    };
    let look = |stamp: Option<u64>, from: u64| Look {
        found: stamp.map(|stamp| (version(stamp), format!("\"{stamp}\""))),
        began: at(from),
        ended: at(from + 1),
    };
    let faults = |writes: Vec<Written>, looks: Vec<Look>| History { writes, looks }.faults().join("; ");
    let good =
        (vec![write(1, None, Told::Done, 0), write(2, Some(1), Told::Done, 10)], vec![look(Some(2), 20)]);
    assert_eq!(faults(good.0, good.1), "");
    let done = |stamp, from| write(stamp, None, Told::Done, from);
    assert!(faults(vec![done(1, 0)], vec![look(None, 10)]).contains("lost"));
    assert!(faults(vec![done(1, 0), done(2, 5)], vec![look(Some(1), 10)]).contains("seen after it"));
    let removal = || Written { document: None, version: None, ..write(3, None, Told::Done, 2) };
    let removed = vec![done(1, 0), removal(), done(2, 5)];
    assert!(faults(removed, vec![look(Some(1), 10)]).contains("seen after it"));
    let waited = Written { ended: at(9), ..done(1, 0) };
    assert_eq!(faults(vec![waited.clone(), removal(), done(2, 5)], vec![look(Some(1), 10)]), "");
    assert!(faults(vec![waited, done(2, 5)], vec![look(Some(1), 10)]).contains("seen after it"));
    assert!(faults(vec![done(2, 0), done(1, 5)], vec![]).contains("was written after"));
    assert!(faults(vec![write(1, None, Told::Refused, 0)], vec![look(Some(1), 9)]).contains("refused"));
    assert!(faults(vec![], vec![look(Some(1), 9)]).contains("never written"));
    let unknown = || write(1, None, Told::Unknown, 0);
    let back = vec![look(Some(1), 5), look(None, 10), look(Some(1), 15)];
    assert!(faults(vec![unknown()], back).contains("came back"));
    let twins = vec![done(1, 0), write(2, Some(1), Told::Done, 5), write(3, Some(1), Told::Done, 9)];
    assert!(faults(twins, vec![]).contains("2 writes were done over"));
}
