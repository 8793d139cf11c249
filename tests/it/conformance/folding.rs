//! Lists that fold keys into common prefixes.

use larder::domain::{After, ListQuery, Store};

use super::ask::{NOTES, Said, context, delete, done, everything, put};
use super::lists::{range, walk};
use crate::support::clock::TestClock;

async fn fill(store: &dyn Store) {
    for key in ["a", "b/1", "b/2", "b/c/3", "c", "d/x/4", "d/x/5", "e", "e/6", "e0"] {
        done(store, put(key, "1")).await;
    }
}

fn folded(prefix: &str, delimiter: &str) -> ListQuery {
    ListQuery { range: range(prefix, None, None), delimiter: Some(delimiter.into()), ..everything(NOTES) }
}

/// Keys that have the delimiter behind the prefix fold into one common prefix, which ends in it.
pub async fn keys_fold_into_common_prefixes(store: &dyn Store, _clock: &TestClock) {
    fill(store).await;
    let cases: [(&str, &str, &[&str], &[&str]); 7] = [
        ("", "/", &["a", "c", "e", "e0"], &["b/", "d/", "e/"]),
        ("b/", "/", &["b/1", "b/2"], &["b/c/"]),
        ("b", "/", &[], &["b/"]),
        ("d/", "/", &[], &["d/x/"]),
        ("d/x/", "/", &["d/x/4", "d/x/5"], &[]),
        ("", "/x/", &["a", "b/1", "b/2", "b/c/3", "c", "e", "e/6", "e0"], &["d/x/"]),
        ("nothing", "/", &[], &[]),
    ];
    for (prefix, delimiter, keys, prefixes) in cases {
        for limit in [1, 2, 1000] {
            let query = ListQuery { limit, ..folded(prefix, delimiter) };
            let seen = walk(store, &query).await;
            assert_eq!(
                (&seen.keys[..], &seen.prefixes[..]),
                (&owned(keys)[..], &owned(prefixes)[..]),
                "{prefix:?}"
            );
            let seen = walk(store, &ListQuery { reverse: true, ..query }).await;
            let turned = |words: &[&str]| owned(words).into_iter().rev().collect::<Vec<_>>();
            assert_eq!((seen.keys, seen.prefixes), (turned(keys), turned(prefixes)), "{prefix:?}, reverse");
        }
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

/// A common prefix counts as an entry, and the next page begins behind everything under it.
pub async fn a_common_prefix_is_an_entry(store: &dyn Store, _clock: &TestClock) {
    fill(store).await;
    let query = ListQuery { limit: 2, ..folded("", "/") };
    let page = store.list(&context(), query.clone()).await.expect("a page").value;
    assert_eq!(page.entries.len(), 1);
    assert_eq!(page.prefixes, [Box::from("b/")]);
    assert_eq!(page.next, Some(After::Prefix("b/".into())));
    done(store, put("b/zzz", "1")).await;
    let page = store.list(&context(), ListQuery { after: page.next, ..query }).await.expect("a page").value;
    assert_eq!(page.entries[0].key.as_str(), "c");
    assert_eq!(page.prefixes, [Box::from("d/")]);
}

/// Bounds cut within a common prefix, which still comes whole.
pub async fn bounds_may_cut_a_common_prefix(store: &dyn Store, _clock: &TestClock) {
    fill(store).await;
    let within = |start, end| ListQuery { range: range("", start, end), ..folded("", "/") };
    for reverse in [false, true] {
        let seen = walk(store, &ListQuery { reverse, ..within(Some("b/2"), Some("c")) }).await;
        assert_eq!((seen.keys, seen.prefixes), (vec![], owned(&["b/"])));
        let seen = walk(store, &ListQuery { reverse, ..within(Some("b/z"), Some("d/x/4")) }).await;
        assert_eq!((seen.keys, seen.prefixes), (owned(&["c"]), vec![]));
    }
}

/// A prefix under which everything has expired, or was deleted, is none.
pub async fn a_prefix_over_nothing_is_none(store: &dyn Store, clock: &TestClock) {
    done(store, put("a/1", "1").ttl(1)).await;
    done(store, put("b/1", "1")).await;
    done(store, put("c/1", "1")).await;
    done(store, delete("b/1")).await;
    clock.advance_millis(1000);
    assert_eq!(walk(store, &folded("", "/")).await.prefixes, ["c/"]);
}

/// A prefix over very many keys is one entry, and costs no walk of many pages to the caller.
pub async fn a_prefix_over_many_keys_is_one_entry(store: &dyn Store, _clock: &TestClock) {
    for n in 0..150 {
        done(store, put(&format!("many/{n}"), "1")).await;
    }
    done(store, put("z", "1")).await;
    for reverse in [false, true] {
        let seen = walk(store, &ListQuery { reverse, limit: 100, ..folded("", "/") }).await;
        assert_eq!((seen.keys, seen.prefixes), (owned(&["z"]), owned(&["many/"])));
    }
}
