//! A backend that is a map, which counts how it is asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;

use crate::domain::{
    Charge, Charged, Clock, Collection, CollectionName, CollectionPage, CollectionQuery, Condition,
    Consistency, Context, Document, Item, Key, OperationOutcome, Place, PutCollection, Reply, Result,
    Settings, Timestamp, Version, WriteId, Written, read_charge,
};
use crate::store::backend::{Address, Backend, Row, Rows, Scan, Single, Together, shard};

const NOW: Timestamp = Timestamp::from_secs(100);
pub(super) const MIB: usize = 1024 * 1024;

pub(super) struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        NOW
    }
}

/// What an item of the map is: bytes of its document, and whether it has expired.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pub(super) bytes: usize,
    pub(super) expired: bool,
}

/// How a map was asked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked {
    pub(super) scans: usize,
    /// Times that a scan began while no other was under way.
    pub(super) rounds: usize,
    open: usize,
}

/// A backend whose rows are a map.
pub(super) struct Shelf {
    settings: Settings,
    pub(super) kept: BTreeMap<String, Kept>,
    /// The keys of each shard, in order.
    keys: Vec<Vec<Key>>,
    /// Whether it does all that is asked for, or as `DynamoDB` does, which knows no bound of bytes but its own, and
    /// says at the limit that more may follow.
    exact: bool,
    asked: Mutex<Asked>,
}

impl Shelf {
    pub(super) fn new(shards: u16, exact: bool, kept: BTreeMap<String, Kept>) -> Arc<Shelf> {
        let settings = Settings { shards, ..Settings::default() };
        let mut keys = vec![Vec::new(); usize::from(shards)];
        for key in kept.keys().map(|key| key_of(key)) {
            keys[usize::from(shard(&key, shards))].push(key);
        }
        Arc::new(Shelf { settings, kept, keys, exact, asked: Mutex::default() })
    }

    pub(super) fn asked(&self) -> Asked {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    fn rows(&self, scan: &Scan) -> (Rows, usize) {
        let inside = |key: &&Key| {
            let key = key.as_str().as_bytes();
            key >= &scan.lower[..] && scan.upper.as_ref().is_none_or(|upper| key < &upper[..])
        };
        let mut found: Vec<&Key> = self.keys[usize::from(scan.shard)].iter().filter(inside).collect();
        if scan.reverse {
            found.reverse();
        }
        let most = if self.exact { scan.bytes } else { MIB };
        let (mut rows, mut bytes) = (Rows::default(), 0);
        for key in found {
            let kept = self.kept[key.as_str()];
            let ends = rows.rows.len() == scan.limit || bytes + kept.bytes > most;
            if ends && !rows.rows.is_empty() {
                rows.more = true;
                break;
            }
            bytes += kept.bytes;
            rows.rows.push((key.clone(), item(kept, scan.values)));
        }
        rows.more |= !self.exact && rows.rows.len() == scan.limit;
        (rows, bytes)
    }
}

pub(super) fn key_of(text: &str) -> Key {
    Key::parse(text, Place::Parameter("key".into())).unwrap()
}

fn item(kept: Kept, values: bool) -> Item {
    static LARGE: [u8; MIB] = [b'1'; MIB];
    let text = if values { &LARGE[..kept.bytes] } else { &[] };
    let version = Version { stamp: 1, write: WriteId::from_bits(1) };
    let expires = kept.expired.then(|| Timestamp::from_secs(1));
    Item { document: Document::trusted(Bytes::from_static(text)), version, expires }
}

#[async_trait]
impl Backend for Shelf {
    fn name(&self) -> &'static str {
        "map"
    }

    async fn scan(&self, _: &Context, scan: Scan) -> Reply<Rows> {
        {
            let mut asked = self.asked.lock().unwrap();
            asked.rounds += usize::from(asked.open == 0);
            asked.scans += 1;
            asked.open += 1;
        }
        tokio::task::yield_now().await;
        let (rows, bytes) = self.rows(&scan);
        self.asked.lock().unwrap().open -= 1;
        Ok(Charged::new(rows, read_charge(bytes, scan.consistency)))
    }

    async fn collection(&self, _: &Context, name: &CollectionName) -> Reply<Option<Collection>> {
        let version = Version { stamp: 1, write: WriteId::from_bits(1) };
        let found =
            Collection { name: name.clone(), settings: self.settings.clone(), version, created: true };
        Ok(Charged::new(Some(found), Charge::ZERO))
    }

    async fn get(&self, _: &Context, _: &Address, _: Consistency) -> Reply<Option<Row>> {
        unreachable!("lists scan")
    }
    async fn get_many(
        &self,
        _: &Context,
        _: Vec<(Address, Consistency)>,
        _: usize,
    ) -> Reply<Vec<Result<Option<Row>>>> {
        unreachable!("lists scan")
    }
    async fn snapshot(&self, _: &Context, _: Vec<Address>) -> Reply<Vec<Option<Row>>> {
        unreachable!("lists scan")
    }
    async fn change(&self, _: &Context, _: Single) -> Reply<Written> {
        unreachable!("lists scan")
    }
    async fn together(&self, _: &Context, _: Together) -> Reply<Vec<OperationOutcome>> {
        unreachable!("lists scan")
    }
    async fn collections(&self, _: &Context, _: CollectionQuery) -> Reply<CollectionPage> {
        unreachable!("lists scan")
    }
    async fn put_collection(&self, _: &Context, _: PutCollection) -> Reply<Written> {
        unreachable!("lists scan")
    }
    async fn delete_collection(
        &self,
        _: &Context,
        _: &CollectionName,
        _: Condition,
    ) -> Reply<Option<Collection>> {
        unreachable!("lists scan")
    }
    async fn ready(&self, _: &Context) -> Result<()> {
        Ok(())
    }
}
