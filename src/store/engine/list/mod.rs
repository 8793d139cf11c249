//! Lists: walks the partitions of a collection side by side and merges them into one page.

mod merge;
mod pace;
#[cfg(test)]
mod tests;

use futures_util::future::join_all;

use crate::domain::{
    After, Charge, Charged, Context, Entry, Item, Key, ListQuery, Page, Reply, Result, limits,
};

use super::{Engine, no_such_collection};
use merge::{Partition, later, narrow};
use pace::{Pace, share, width};

/// Scans beyond one a partition that a page may cost; then it ends short, so that neither a desert of expired
/// rows nor a great many small common prefixes can hold a request for long.
const SCANS: usize = 64;
/// Rows that are fetched at once where a delimiter may make most of them superfluous.
const DELIMITED_ROWS: usize = 32;

impl Engine {
    pub(super) async fn list_page(&self, context: &Context, query: ListQuery) -> Reply<Page> {
        self.list_within(context, query, SCANS).await
    }

    /// A page that costs so many scans beyond one a partition.
    async fn list_within(&self, context: &Context, query: ListQuery, scans: usize) -> Reply<Page> {
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
        let mut walk =
            Walk { query, partitions, page: Page::default(), bytes: 0, last: None, pace: None, charge };
        match self.walk(context, &mut walk, scans).await {
            Ok(()) => Ok(Charged::new(walk.page, walk.charge)),
            Err(error) => Err(error.with_charge(walk.charge)),
        }
    }

    async fn walk(&self, context: &Context, walk: &mut Walk, beyond: usize) -> Result<()> {
        let mut scans = beyond + walk.partitions.len();
        loop {
            let first = walk.first();
            if first.is_some() && walk.count() >= usize::from(walk.query.limit) {
                walk.page.next = walk.last.take();
                return Ok(());
            }
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

    /// Fetches the next rows of those partitions, some of them side by side, so that the next know what rows are like
    /// and how far the page can reach at most.
    async fn fetch(&self, context: &Context, walk: &mut Walk, places: &[usize]) -> Result<()> {
        let mut rest = places;
        while !rest.is_empty() {
            let (some, others) = rest.split_at(width(walk.pace.as_ref()).min(rest.len()));
            self.fetch_some(context, walk, some).await?;
            rest = others;
        }
        Ok(())
    }

    async fn fetch_some(&self, context: &Context, walk: &mut Walk, places: &[usize]) -> Result<()> {
        let horizon = walk.horizon();
        let share = walk.share();
        let hides = |place: &usize| walk.partitions[*place].hides_before(horizon.as_ref());
        let places: Vec<usize> = places.iter().copied().filter(hides).collect();
        let scan = |place: &usize| walk.partitions[*place].scan(&walk.query, horizon.as_ref(), share);
        let found = join_all(places.iter().map(scan).map(|scan| self.backend.scan(context, scan))).await;
        let now = self.clock.now();
        let mut pace = Pace::default();
        for (place, found) in places.iter().zip(found) {
            let found = found?;
            walk.charge += found.charge;
            pace.note(found.value.rows.len(), found.charge, walk.query.consistency);
            walk.partitions[*place].take(found.value, horizon.as_ref(), |item| !item.expired(now));
        }
        walk.pace = Some(pace);
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
    pace: Option<Pace>,
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

    /// Rows and bytes to fetch from each partition.
    fn share(&self) -> (usize, usize) {
        // One more than fits tells whether there is a next page.
        let rows = usize::from(self.query.limit).saturating_sub(self.count()) + 1;
        let bytes = limits::PAGE_BYTES.saturating_sub(self.bytes);
        let shares = match self.partitions.len() {
            1 => (rows, bytes),
            shards => share(rows, bytes, shards, self.pace.as_ref()),
        };
        match self.query.delimiter {
            Some(_) => (rows.min(DELIMITED_ROWS), shares.1),
            None => shares,
        }
    }

    /// The first key that can't be on this page any more, were there nothing but what was fetched: the more there
    /// is, the less far a page reaches. None where a page may reach further than that.
    fn horizon(&self) -> Option<Key> {
        let mut fetched: Vec<_> = self.partitions.iter().flat_map(Partition::fetched).collect();
        fetched.sort_unstable_by(|one, another| one.0.cmp(&another.0));
        if self.query.reverse {
            fetched.reverse();
        }
        let (mut count, mut bytes, mut folded) = (self.count(), self.bytes, None);
        for (key, item) in fetched {
            let prefix = self.common_prefix(key);
            if prefix.is_some() && prefix == folded {
                continue;
            }
            let size = self.size(key, item);
            if self.is_full_with(count, bytes, size) {
                return Some(key.clone());
            }
            (count, bytes, folded) = (count + 1, bytes + size, prefix);
        }
        None
    }

    /// Whether the head of that partition must wait for the next page.
    fn is_full(&self, place: usize) -> bool {
        let head = self.partitions[place].peek();
        head.is_some_and(|(key, item)| self.is_full_with(self.count(), self.bytes, self.size(key, item)))
    }

    /// Whether a page of so many entries and bytes has no room for another one.
    fn is_full_with(&self, count: usize, bytes: usize, another: usize) -> bool {
        count >= usize::from(self.query.limit) || bytes > 0 && bytes + another > limits::PAGE_BYTES
    }

    /// Bytes that an item takes of the page; none where it is folded.
    fn size(&self, key: &Key, item: &Item) -> usize {
        if self.common_prefix(key).is_some() { 0 } else { item.document.bytes().len() }
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
        // Either may be the later one: what the page shows last may come right behind what is known.
        self.page.next = match (known_to, self.last.take()) {
            (Some(known_to), Some(last)) => Some(later(known_to, last, self.query.reverse)),
            (known_to, last) => known_to.or(last).or_else(|| self.query.after.clone()),
        };
    }
}
