//! Lists over a backend that is a map, in one piece or in many shards.

mod shelf;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::domain::{CollectionName, Consistency, KeyPrefix, KeyRange, RequestId, read_charge};
use crate::store::backend::shard;
use crate::store::engine::Options;

use shelf::{Kept, MIB, Shelf, Still, key_of};

fn engine(shelf: &Arc<Shelf>) -> Engine {
    Engine::new(Arc::<Shelf>::clone(shelf), Options { auto_create: true }, Arc::new(Still))
}

fn context() -> Context {
    Context::new(RequestId::parse("list").unwrap(), Instant::now() + Duration::from_secs(60))
}

fn everything() -> ListQuery {
    ListQuery {
        collection: CollectionName::parse("notes").unwrap(),
        range: KeyRange::default(),
        reverse: false,
        limit: 1000,
        after: None,
        delimiter: None,
        values: true,
        consistency: Consistency::Strong,
    }
}

/// Keys and common prefixes of a walk in the order of their coming, and what each of its pages cost.
#[derive(Debug, Default)]
struct Seen {
    keys: Vec<String>,
    prefixes: Vec<String>,
    charges: Vec<Charge>,
}

/// Walks to the end by pages that cost so many scans beyond one a partition, and checks what holds of each.
async fn walked(shelf: &Arc<Shelf>, mut query: ListQuery, beyond: usize) -> Seen {
    let engine = engine(shelf);
    let mut seen = Seen::default();
    loop {
        let page = engine.list_within(&context(), query.clone(), beyond).await.unwrap();
        seen.charges.push(page.charge);
        let page = page.value;
        assert!(page.entries.len() + page.prefixes.len() <= usize::from(query.limit));
        let bytes: usize = page.entries.iter().map(|entry| entry.item.document.bytes().len()).sum();
        assert!(bytes <= MIB || page.entries.len() == 1, "{bytes} bytes in a page");
        seen.keys.extend(page.entries.iter().map(|entry| entry.key.to_string()));
        seen.prefixes.extend(page.prefixes.iter().map(ToString::to_string));
        assert!(page.next != query.after || page.next.is_none(), "a walk that stands still");
        let Some(next) = page.next else { return seen };
        query.after = Some(next);
    }
}

/// What a filter over the whole map shows.
fn expected(shelf: &Shelf, query: &ListQuery) -> (Vec<String>, Vec<String>) {
    let prefix = query.range.prefix.as_str();
    let live = shelf.kept.iter().filter(|(key, kept)| key.starts_with(prefix) && !kept.expired);
    let (mut keys, mut prefixes) = (Vec::new(), Vec::new());
    for (key, _) in live {
        let delimiter = query.delimiter.as_deref();
        let fold =
            delimiter.and_then(|delimiter| Some(key[prefix.len()..].find(delimiter)? + delimiter.len()));
        match fold {
            Some(end) => prefixes.push(key[..prefix.len() + end].to_owned()),
            None => keys.push(key.clone()),
        }
    }
    prefixes.dedup();
    if query.reverse {
        keys.reverse();
        prefixes.reverse();
    }
    (keys, prefixes)
}

fn kept() -> impl Strategy<Value = Kept> {
    let bytes = prop_oneof![3 => 1usize..100, 1 => 1000usize..9000, 1 => 100_000usize..399_000];
    (bytes, prop::bool::weighted(0.2)).prop_map(|(bytes, expired)| Kept { bytes, expired })
}

fn query() -> impl Strategy<Value = ListQuery> {
    let delimiter = prop::option::of(prop::sample::select(vec![",", "-", "--"]));
    let prefix = prop::sample::select(vec!["", "", "a", "p,", "p-"]);
    let limit = prop_oneof![1u16..6, 6u16..60, Just(1000)];
    (prefix, delimiter, limit, any::<bool>(), any::<bool>()).prop_map(
        |(prefix, delimiter, limit, reverse, values)| ListQuery {
            range: KeyRange { prefix: KeyPrefix::parse(prefix, "prefix").unwrap(), ..KeyRange::default() },
            delimiter: delimiter.map(Into::into),
            limit,
            reverse,
            values,
            ..everything()
        },
    )
}

fn now<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

proptest! {
    /// `,` comes right before `-`, and `-` right before `.`, so that what follows a common prefix may be a key.
    #[test]
    fn every_walk_shows_what_a_filter_would(
        kept in proptest::collection::btree_map("[ap,-][ap,.-]{0,4}", kept(), 0..150),
        shards in prop_oneof![3 => 1u16..5, 1 => Just(13), 1 => Just(64)],
        exact in any::<bool>(),
        query in query(),
        beyond in prop_oneof![4 => 0usize..6, 1 => Just(SCANS)],
    ) {
        let shelf = Shelf::new(shards, exact, kept);
        let seen = now(walked(&shelf, query.clone(), beyond));
        prop_assert_eq!((seen.keys, seen.prefixes), expected(&shelf, &query));
    }

    /// Common prefixes over more keys than are fetched at once, and pages that end short.
    #[test]
    fn every_folded_walk_shows_what_a_filter_would(
        below in proptest::collection::btree_set("[ap][,-][ap]{0,5}", 0..150),
        beside in proptest::collection::btree_set("[ap][ap,.-]{0,2}", 0..20),
        expired in proptest::collection::btree_set("[ap][,.-][ap]{0,2}", 0..20),
        shards in 1u16..5,
        limit in 1u16..12,
        delimiter in prop::sample::select(vec![",", "-"]),
        (reverse, exact) in any::<(bool, bool)>(),
        beyond in 0usize..3,
    ) {
        let kept = |key: &String| (key.clone(), Kept { bytes: 1, expired: expired.contains(key) });
        let shelf = Shelf::new(shards, exact, below.iter().chain(&beside).chain(&expired).map(kept).collect());
        let query = ListQuery { delimiter: Some(delimiter.into()), limit, reverse, ..everything() };
        let seen = now(walked(&shelf, query.clone(), beyond));
        prop_assert_eq!((seen.keys, seen.prefixes), expected(&shelf, &query));
    }
}

/// The key that comes right behind a common prefix is shown once, though the page ends before more is known.
#[test]
fn what_comes_right_behind_a_common_prefix_comes_once() {
    let of = |name: String| {
        let mut below: Vec<_> = (0..200).map(|m| format!("{name}-{m:03}")).collect();
        // One shard has more of them than are fetched at once, the other few, and the key behind them.
        let (here, there): (Vec<_>, Vec<_>) = below.drain(..).partition(|key| shard(&key_of(key), 2) == 0);
        here.into_iter().take(40).chain(there.into_iter().take(3)).chain([format!("{name}.")])
    };
    let names =
        (0..200).map(|n| format!("p{n:03}")).filter(|name| shard(&key_of(&format!("{name}.")), 2) == 1);
    let small = Kept { bytes: 1, expired: false };
    let kept: BTreeMap<_, _> = names.flat_map(of).map(|key| (key, small)).collect();
    for reverse in [false, true] {
        let shelf = Shelf::new(2, true, kept.clone());
        let query = ListQuery { delimiter: Some("-".into()), reverse, ..everything() };
        let seen = now(walked(&shelf, query.clone(), SCANS));
        assert_eq!((seen.keys, seen.prefixes), expected(&shelf, &query), "reverse: {reverse}");
    }
}

fn many(count: usize, bytes: usize) -> BTreeMap<String, Kept> {
    (0..count).map(|n| (format!("k{n:05}"), Kept { bytes, expired: false })).collect()
}

/// 64 shards of documents of 389 KiB: a page reads little more than what it shows.
#[test]
fn a_page_of_large_documents_reads_few_of_them() {
    let one = read_charge(389 * 1024, Consistency::Strong).read_halves;
    // Each shard that has nothing to say costs a unit all the same.
    let nothing = 64 * 2;
    let cases =
        [(true, 1, 16, false), (false, 1, 24, true), (true, 1000, 20, true), (false, 1000, 28, false)];
    for (exact, limit, documents, reverse) in cases {
        let shelf = Shelf::new(64, exact, many(400, 389 * 1024));
        let query = ListQuery { limit, reverse, ..everything() };
        let seen = now(walked(&shelf, query.clone(), SCANS));
        assert_eq!(seen.keys, expected(&shelf, &query).0);
        let halves = seen.charges.iter().map(|charge| charge.read_halves).sum::<u64>();
        let mean = halves / seen.charges.len() as u64;
        assert!(mean <= documents * one + nothing, "{mean} half units for limit {limit}, exact {exact}");
    }
}

/// Lists of small documents are not asked for again and again.
#[test]
fn a_page_of_small_documents_is_read_at_once() {
    for exact in [true, false] {
        for (shards, rounds) in [(1, 1), (2, 1), (8, 2), (64, 3)] {
            for (count, bytes, limit) in [(10, 300, 100), (5000, 300, 1), (200, 300, 100), (5000, 2000, 60)] {
                let shelf = Shelf::new(shards, exact, many(count, bytes));
                let query = ListQuery { limit, ..everything() };
                now(engine(&shelf).list_page(&context(), query)).unwrap();
                let asked = shelf.asked();
                let fits = asked.rounds <= rounds && asked.scans <= usize::from(shards) + 1;
                assert!(fits, "{shards} shards, {count} of {bytes} bytes, limit {limit}: {asked:?}");
            }
        }
    }
}
