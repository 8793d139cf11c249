//! Lists: walks the partitions of a collection side by side and merges them into one page.

use futures_util::future::join_all;

use crate::domain::{
    After, Charge, Charged, Context, Entry, Item, Key, ListQuery, Page, Reply, Result, limits,
};

use super::merge::{Partition, narrow};
use super::{Engine, no_such_collection};

/// Scans beyond one a partition that a page may cost; then it ends short, so that neither a desert of expired
/// rows nor a great many small common prefixes can hold a request for long.
const SCANS: usize = 64;
/// Rows that are fetched at once where a delimiter may make most of them superfluous.
const DELIMITED_ROWS: usize = 32;
/// Rows that are fetched at once from each of several partitions, at least.
const SHARDED_ROWS: usize = 8;

impl Engine {
    pub(super) async fn list_page(&self, context: &Context, query: ListQuery) -> Reply<Page> {
        let Charged { value: known, charge } = self.known(context, &query.collection).await?;
        let Some(known) = known else {
            return Err(no_such_collection(&query.collection).with_charge(charge));
        };
        let mut bounds = query.range.bounds();
        if let Some(after) = &query.after {
            bounds = narrow(bounds, after, query.reverse);
        }
        let partitions = (0..known.collection.settings.shards)
            .map(|shard| Partition::new(shard, query.reverse, bounds.clone()))
            .collect();
        let mut walk = Walk { query, partitions, page: Page::default(), bytes: 0, last: None, charge };
        match self.walk(context, &mut walk).await {
            Ok(()) => Ok(Charged::new(walk.page, walk.charge)),
            Err(error) => Err(error.with_charge(walk.charge)),
        }
    }

    async fn walk(&self, context: &Context, walk: &mut Walk) -> Result<()> {
        let mut scans = SCANS + walk.partitions.len();
        loop {
            let first = walk.first();
            let head = first.and_then(|place| walk.partitions[place].head()).cloned();
            let hidden = walk.hidden_before(head.as_ref());
            if !hidden.is_empty() {
                if scans < hidden.len() {
                    walk.end_short();
                    return Ok(());
                }
                scans -= hidden.len();
                self.fetch(context, walk, &hidden).await?;
                continue;
            }
            let Some(place) = first else { return Ok(()) };
            if walk.is_full(place) {
                walk.page.next = walk.last.take();
                return Ok(());
            }
            walk.take(place);
        }
    }

    /// Fetches the next rows of those partitions, side by side.
    async fn fetch(&self, context: &Context, walk: &mut Walk, places: &[usize]) -> Result<()> {
        let limit = walk.rows_to_fetch();
        let scans = places.iter().map(|place| walk.partitions[*place].scan(&walk.query, limit));
        let found = join_all(scans.map(|scan| self.backend.scan(context, scan))).await;
        let now = self.clock.now();
        for (place, found) in places.iter().zip(found) {
            let found = found?;
            walk.charge += found.charge;
            walk.partitions[*place].take(found.value, |item| !item.expired(now));
        }
        Ok(())
    }
}

/// A page in the making.
struct Walk {
    query: ListQuery,
    partitions: Vec<Partition>,
    page: Page,
    bytes: usize,
    last: Option<After>,
    charge: Charge,
}

impl Walk {
    /// The partition whose head comes first.
    fn first(&self) -> Option<usize> {
        let heads =
            self.partitions.iter().enumerate().filter_map(|(place, part)| Some((part.head()?, place)));
        let first = if self.query.reverse { heads.max() } else { heads.min() };
        first.map(|(_, place)| place)
    }

    /// The partitions in which something before that key may be hidden.
    fn hidden_before(&self, key: Option<&Key>) -> Vec<usize> {
        (0..self.partitions.len()).filter(|place| self.partitions[*place].hides_before(key)).collect()
    }

    fn count(&self) -> usize {
        self.page.entries.len() + self.page.prefixes.len()
    }

    fn rows_to_fetch(&self) -> usize {
        // One more than fits tells whether there is a next page.
        let left = usize::from(self.query.limit) - self.count() + 1;
        if self.query.delimiter.is_some() {
            return left.min(DELIMITED_ROWS);
        }
        match self.partitions.len() {
            1 => left,
            shards => left.div_ceil(shards).max(SHARDED_ROWS),
        }
    }

    /// Whether the head of that partition must wait for the next page.
    fn is_full(&self, place: usize) -> bool {
        if self.count() >= usize::from(self.query.limit) {
            return true;
        }
        let Some((key, item)) = self.partitions[place].peek() else { return false };
        let bytes = if self.common_prefix(key).is_some() { 0 } else { item.document.bytes().len() };
        self.bytes > 0 && self.bytes + bytes > limits::PAGE_BYTES
    }

    /// Moves the head of a partition to the page, on its own or folded.
    fn take(&mut self, place: usize) {
        let Some((key, item)) = self.partitions[place].pop() else { return };
        match self.common_prefix(&key).map(Box::<str>::from) {
            Some(prefix) => self.fold(prefix),
            None => self.enter(key, item),
        }
    }

    fn enter(&mut self, key: Key, item: Item) {
        self.bytes += item.document.bytes().len();
        self.last = Some(After::Key(key.as_str().into()));
        self.page.entries.push(Entry { key, item });
    }

    fn fold(&mut self, prefix: Box<str>) {
        for partition in &mut self.partitions {
            partition.skip(&prefix);
        }
        self.last = Some(After::Prefix(prefix.clone()));
        self.page.prefixes.push(prefix);
    }

    /// The key up to the first delimiter behind the prefix.
    fn common_prefix<'a>(&self, key: &'a Key) -> Option<&'a str> {
        let delimiter = self.query.delimiter.as_deref()?;
        let prefix = self.query.range.prefix.as_str().len();
        let rest = key.as_str().get(prefix..)?;
        let end = prefix + rest.find(delimiter)? + delimiter.len();
        key.as_str().get(..end)
    }

    /// Ends the page where nothing more is known, though something may follow.
    fn end_short(&mut self) {
        let unknown = self.partitions.iter().filter(|partition| partition.hides_before(None));
        let least = unknown.reduce(|least, other| if other.behind(least) { other } else { least });
        let known_to = least.and_then(Partition::resume).cloned();
        self.page.next = known_to.or(self.last.take()).or_else(|| self.query.after.clone());
    }
}
