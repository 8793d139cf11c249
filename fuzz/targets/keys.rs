//! Names and keys, and how they stand in paths and queries: what is taken prints back to itself, and ranges hold
//! exactly the keys that they say.

#![no_main]

use larder::api::fuzzing as api;
use larder::domain::{CollectionName, Key, KeyPrefix, KeyRange, Place, limits, successor};
use larder::store::backend::shard;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    name(text);
    key(text);
    encoding(text);
    query(text);
    let parts: Vec<&str> = text.splitn(4, '\n').collect();
    if let [prefix, start, end, key] = parts[..] {
        range(prefix, start, end, key);
    }
});

fn name(text: &str) {
    if let Ok(name) = CollectionName::parse(text) {
        assert_eq!(name.as_str(), text);
        assert_eq!(api::route(&format!("/v1/collections/{text}")), Some((Some(text), None)));
    }
}

fn key(text: &str) {
    let Ok(key) = Key::parse(text, Place::Parameter("key".into())) else { return };
    assert_eq!(key.as_str(), text);
    assert!((1..=limits::KEY_BYTES).contains(&text.len()));
    for shards in [0, 1, 7, limits::SHARDS] {
        assert!(shard(&key, shards) < shards.max(1));
    }
    let [path, _] = api::encode(text);
    let path = format!("/v1/collections/c/items/{path}");
    let (_, rest) = api::route(&path).expect("the path of an item");
    assert_eq!(rest.and_then(api::decode).as_deref(), Some(text));
}

fn encoding(text: &str) {
    for encoded in api::encode(text) {
        assert_eq!(api::decode(&encoded).as_deref(), Some(text));
    }
    if let Some(decoded) = api::decode(text) {
        assert!(decoded.len() <= text.len());
    }
    // A path names what it names, however much of it is encoded that need not be.
    if let Some((collection, rest)) = api::route(text) {
        assert!([collection, rest].into_iter().flatten().all(|part| text.contains(part)));
    }
}

fn query(text: &str) {
    let Some(parameters) = api::query(text) else { return };
    let pair = |(name, value): &(&str, String)| format!("{name}={}", api::encode(value)[1]);
    let again: Vec<_> = parameters.iter().map(pair).collect();
    assert_eq!(api::query(&again.join("&")), Some(parameters));
}

fn range(prefix: &str, start: &str, end: &str, key: &str) {
    let bound = |text: &str, name| match text {
        "" => Ok(None),
        text => KeyPrefix::parse(text, name).map(Some),
    };
    let Ok(begin) = KeyPrefix::parse(prefix, "prefix") else { return };
    let (Ok(first), Ok(last)) = (bound(start, "start"), bound(end, "end")) else { return };
    let (lower, upper) = KeyRange { prefix: begin, start: first, end: last }.bounds();
    let said = key.starts_with(prefix) && key >= start && (end.is_empty() || key < end);
    let bounded = key.as_bytes() >= &lower[..] && upper.is_none_or(|upper| key.as_bytes() < &upper[..]);
    assert_eq!(said, bounded);
    if let Some(next) = successor(prefix.as_bytes()) {
        assert_eq!(key.starts_with(prefix), prefix <= key && key.as_bytes() < &next[..]);
    }
}
