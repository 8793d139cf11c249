//! Lists: order, ranges, pages, and that sharded collections answer as others do.

use larder::domain::{After, Consistency, KeyRange, Kind, ListQuery, PutCollection, Store, limits};

use super::ask::{
    NOTES, Said, bound, context, done, everything, made, put, settings, settle, string_of, text_of,
};
use crate::support::clock::TestClock;

/// What a walk saw: keys with documents, and common prefixes, each in the order of their coming.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Walk {
    pub keys: Vec<String>,
    pub documents: Vec<String>,
    pub prefixes: Vec<String>,
    pub pages: usize,
}

/// Follows a list to its end, and checks what holds of every page.
pub async fn walk(store: &dyn Store, query: &ListQuery) -> Walk {
    let mut seen = Walk::default();
    let mut query = query.clone();
    loop {
        let page = store.list(&context(), query.clone()).await.expect("a page").value;
        assert!(
            page.entries.len() + page.prefixes.len() <= usize::from(query.limit),
            "no more than asked for"
        );
        let bytes: usize = page.entries.iter().map(|entry| entry.item.document.bytes().len()).sum();
        assert!(bytes <= limits::PAGE_BYTES || page.entries.len() == 1, "{bytes} bytes in a page");
        for entry in &page.entries {
            seen.keys.push(entry.key.as_str().to_owned());
            seen.documents.push(text_of(&entry.item.document));
        }
        seen.prefixes.extend(page.prefixes.iter().map(ToString::to_string));
        seen.pages += 1;
        assert!(seen.pages < 10_000, "a walk that does not end");
        let Some(next) = page.next else { return seen };
        query.after = Some(next);
    }
}

pub fn range(prefix: &str, start: Option<&str>, end: Option<&str>) -> KeyRange {
    KeyRange { prefix: bound(prefix), start: start.map(bound), end: end.map(bound) }
}

/// Keys around every corner of the order of bytes.
pub const KEYS: [&str; 13] =
    [" ", "#", "A", "a", "a!", "a-b", "a/b", "a/b/c", "a0", "ab", "b", "é", "\u{10ffff}"];

/// `KEYS` in the order of their bytes.
pub fn keys() -> Vec<String> {
    let mut keys: Vec<String> = KEYS.iter().map(ToString::to_string).collect();
    keys.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    keys
}

async fn fill(store: &dyn Store, name: &str) {
    for (n, key) in keys().iter().enumerate() {
        done(store, put(key, &n.to_string()).within(name)).await;
    }
}

/// Keys come in the order of their bytes, each once, however small the pages.
pub async fn keys_come_in_the_order_of_their_bytes(store: &dyn Store, _clock: &TestClock) {
    fill(store, NOTES).await;
    for limit in [1, 2, 3, 5, 1000] {
        for reverse in [false, true] {
            let mut expected = keys();
            if reverse {
                expected.reverse();
            }
            let seen = walk(store, &ListQuery { limit, reverse, ..everything(NOTES) }).await;
            assert_eq!(seen.keys, expected, "limit {limit}, reverse {reverse}");
        }
    }
}

/// Entries carry the version, the end and the document of their item.
pub async fn entries_are_items(store: &dyn Store, _clock: &TestClock) {
    let written = done(store, put("a", "[ 1 ]").ttl(60)).await;
    let page = store.list(&context(), everything(NOTES)).await.expect("a page").value;
    let entry = &page.entries[0];
    assert_eq!(Some(entry.item.version), written.version);
    assert_eq!(entry.item.expires, written.expires);
    assert_eq!(text_of(&entry.item.document), "[ 1 ]");
    assert_eq!(page.next, None, "the end");
    assert!(page.prefixes.is_empty());
}

/// Where only keys were asked for, there are no documents.
pub async fn keys_alone_come_without_documents(store: &dyn Store, _clock: &TestClock) {
    fill(store, NOTES).await;
    let seen = walk(store, &ListQuery { values: false, ..everything(NOTES) }).await;
    assert_eq!(seen.keys, keys());
    assert!(seen.documents.iter().all(String::is_empty));
}

/// Ranges of prefix, lower and upper bound, from both ends, are what a filter over all keys would be.
pub async fn ranges_are_what_a_filter_would_be(store: &dyn Store, _clock: &TestClock) {
    fill(store, NOTES).await;
    let bounds = [None, Some(""), Some("a"), Some("a/"), Some("a/b"), Some("a0"), Some("zz"), Some("é")];
    for prefix in ["", "a", "a/", "b", "nothing", "é", "\u{10ffff}"] {
        for start in bounds {
            for end in bounds {
                let inside = |key: &String| {
                    key.starts_with(prefix)
                        && start.is_none_or(|start| key.as_bytes() >= start.as_bytes())
                        && end.is_none_or(|end| key.as_bytes() < end.as_bytes())
                };
                let mut expected: Vec<String> = keys().into_iter().filter(inside).collect();
                for reverse in [false, true] {
                    let query = ListQuery {
                        range: range(prefix, start, end),
                        reverse,
                        limit: 4,
                        ..everything(NOTES)
                    };
                    let seen = walk(store, &query).await;
                    assert_eq!(seen.keys, expected, "{prefix:?} {start:?} {end:?} reverse {reverse}");
                    expected.reverse();
                }
            }
        }
    }
}

/// A page begins behind the key that the page before ended with, even if that is gone.
pub async fn a_page_goes_on_behind_a_key(store: &dyn Store, _clock: &TestClock) {
    for key in ["a", "c", "e"] {
        done(store, put(key, "1")).await;
    }
    let cases =
        [("a", false, "ce"), ("b", false, "ce"), ("e", false, ""), ("e", true, "ca"), ("d", true, "ca")];
    for (after, reverse, expected) in cases {
        let query = ListQuery { after: Some(After::Key(after.into())), reverse, ..everything(NOTES) };
        assert_eq!(walk(store, &query).await.keys.concat(), expected, "after {after}, reverse {reverse}");
    }
}

/// An empty collection, and a range that nothing can be in, are one empty page.
pub async fn an_empty_range_is_an_empty_page(store: &dyn Store, _clock: &TestClock) {
    made(store).await;
    assert_eq!(walk(store, &everything(NOTES)).await, Walk { pages: 1, ..Walk::default() });
    fill(store, NOTES).await;
    for range in
        [range("", Some("b"), Some("a")), range("", Some("a"), Some("a")), range("b", None, Some("a"))]
    {
        for reverse in [false, true] {
            let query = ListQuery { range: range.clone(), reverse, ..everything(NOTES) };
            let page = store.list(&context(), query).await.expect("a page").value;
            assert!(page.entries.is_empty() && page.next.is_none(), "{range:?}");
        }
    }
}

/// A page holds at most 1 MiB of documents, and never none of those that are left.
pub async fn a_page_holds_a_mebibyte_of_documents(store: &dyn Store, _clock: &TestClock) {
    let large = string_of(300 * 1024);
    for n in 0..5 {
        done(store, put(&format!("k{n}"), &large)).await;
    }
    let first = store.list(&context(), everything(NOTES)).await.expect("a page").value;
    assert_eq!(first.entries.len(), 3, "the fourth would pass 1 MiB");
    let seen = walk(store, &everything(NOTES)).await;
    assert_eq!(seen.keys, ["k0", "k1", "k2", "k3", "k4"]);
    let seen = walk(store, &ListQuery { reverse: true, ..everything(NOTES) }).await;
    assert_eq!(seen.keys, ["k4", "k3", "k2", "k1", "k0"]);
}

/// Many that have expired do not end a walk before its time.
pub async fn a_walk_goes_on_over_what_has_expired(store: &dyn Store, clock: &TestClock) {
    for n in 0..60 {
        done(store, put(&format!("k{n:02}"), "1").ttl(1)).await;
    }
    done(store, put("z", "1")).await;
    clock.advance_millis(1000);
    for limit in [1, 7] {
        assert_eq!(walk(store, &ListQuery { limit, ..everything(NOTES) }).await.keys, ["z"]);
    }
}

/// What stays throughout a walk is seen once, whatever else is written meanwhile.
pub async fn what_stays_is_seen_once(store: &dyn Store, _clock: &TestClock) {
    for n in 0..20 {
        done(store, put(&format!("stay{n:02}"), "1")).await;
    }
    let mut query = ListQuery { limit: 3, ..everything(NOTES) };
    let mut seen = Vec::new();
    for round in 0.. {
        let page = store.list(&context(), query.clone()).await.expect("a page").value;
        seen.extend(page.entries.iter().map(|entry| entry.key.as_str().to_owned()));
        done(store, put(&format!("stay{:02}a", round * 2), "2")).await;
        done(store, put(&format!("a{round}"), "\"before\"")).await;
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    let stayed: Vec<_> =
        seen.iter().filter(|key| key.starts_with("stay") && key.len() == 6).cloned().collect();
    assert_eq!(stayed, (0..20).map(|n| format!("stay{n:02}")).collect::<Vec<_>>());
}

/// A sharded collection answers every list as one that is not.
pub async fn a_sharded_collection_lists_as_any_other(store: &dyn Store, _clock: &TestClock) {
    settle(store, PutCollection { shards: Some(1), ..settings("whole") }).await;
    settle(store, PutCollection { shards: Some(7), ..settings("sharded") }).await;
    for name in ["whole", "sharded"] {
        fill(store, name).await;
        for n in 0..40 {
            done(store, put(&format!("dir{}/k{n}", n % 4), &n.to_string()).within(name)).await;
        }
    }
    let ranges = [range("dir2", None, None), range("", Some("b"), Some("dir2/k3")), range("", None, None)];
    for reverse in [false, true] {
        // Pages of one are many: over one range they show what they can.
        for (limit, ranges) in [(1, &ranges[..1]), (4, &ranges), (1000, &ranges)] {
            for delimiter in [None, Some("/")] {
                for range in ranges {
                    let ask = |name| ListQuery {
                        range: range.clone(),
                        reverse,
                        limit,
                        delimiter: delimiter.map(Into::into),
                        ..everything(name)
                    };
                    let whole = walk(store, &ask("whole")).await;
                    let sharded = walk(store, &ask("sharded")).await;
                    let same = (&whole.keys, &whole.prefixes, &whole.documents);
                    assert_eq!(
                        same,
                        (&sharded.keys, &sharded.prefixes, &sharded.documents),
                        "{range:?} {limit}"
                    );
                }
            }
        }
    }
}

/// Large documents in many shards still come in pages of 1 MiB.
pub async fn a_sharded_page_holds_a_mebibyte_too(store: &dyn Store, _clock: &TestClock) {
    settle(store, PutCollection { shards: Some(8), ..settings(NOTES) }).await;
    let large = string_of(200 * 1024);
    let expected: Vec<String> = (0..12).map(|n| format!("k{n:02}")).collect();
    for key in &expected {
        done(store, put(key, &large)).await;
    }
    assert_eq!(walk(store, &everything(NOTES)).await.keys, expected);
}

/// Of large documents in many shards a page reads few more than it shows, and a walk shows all of them.
pub async fn a_sharded_page_reads_little_more_than_it_shows(store: &dyn Store, _clock: &TestClock) {
    settle(store, PutCollection { shards: Some(64), ..settings(NOTES) }).await;
    let large = string_of(100 * 1024);
    let expected: Vec<String> = (0..100).map(|n| format!("k{n:02}")).collect();
    for key in &expected {
        done(store, put(key, &large)).await;
    }
    // All of them cost 2,600 units.
    for (limit, entries, units) in [(1, 1, 600), (1000, 10, 1500)] {
        let query = ListQuery { limit, ..everything(NOTES) };
        let page = store.list(&context(), query).await.expect("a page");
        assert_eq!(page.value.entries.len(), entries);
        assert!(page.charge.read_halves <= 2 * units, "{} for limit {limit}", page.charge);
    }
    for reverse in [false, true] {
        let mut seen = walk(store, &ListQuery { reverse, ..everything(NOTES) }).await.keys;
        if reverse {
            seen.reverse();
        }
        assert_eq!(seen, expected, "reverse {reverse}");
    }
}

/// Eventual lists are lists.
pub async fn an_eventual_list_is_a_list(store: &dyn Store, _clock: &TestClock) {
    fill(store, NOTES).await;
    let query = ListQuery { consistency: Consistency::Eventual, limit: 3, ..everything(NOTES) };
    assert_eq!(walk(store, &query).await.keys, keys());
}

/// A list in a collection that is not there says so, whatever was asked of it.
pub async fn a_list_without_collection_is_no_such_collection(store: &dyn Store, _clock: &TestClock) {
    made(store).await;
    let query = ListQuery { range: range("x", Some("b"), Some("a")), ..everything("nowhere") };
    let error = store.list(&context(), query).await.expect_err("no collection");
    assert_eq!(error.kind(), Kind::NoSuchCollection);
}
