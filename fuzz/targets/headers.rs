//! Header fields: what an operation makes of them says the same when it is written down and read once more.
//!
//! The input is lines of names and values, as in HTTP.

#![no_main]

use std::time::{Duration, UNIX_EPOCH};

use larder::api::fuzzing::{self as api, Told};
use larder::domain::{RequestId, Tag, Tags, Timestamp, TraceContext, Ttl, Version, limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let lines: Vec<(&str, &[u8])> = input.split(|byte| *byte == b'\n').filter_map(line).collect();
    for (_, value) in &lines {
        if let Ok(text) = std::str::from_utf8(value) {
            ids(text);
        }
    }
    for told in api::told(&lines).into_iter().flatten() {
        again(&told);
    }
});

fn line(line: &[u8]) -> Option<(&str, &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at(colon);
    Some((std::str::from_utf8(name).ok()?, value[1..].trim_ascii()))
}

fn ids(text: &str) {
    if let Some(context) = TraceContext::parse(text) {
        let written = context.to_string();
        assert_eq!((TraceContext::parse(&written), &written[3..52]), (Some(context), &text[3..52]));
    }
    if let Some(id) = RequestId::parse(text) {
        assert_eq!(id.as_str(), text);
    }
    if let Some(version) = Version::parse(text) {
        assert_eq!(version.to_string(), text);
    }
    if let Some(ttl) = Ttl::parse(text) {
        assert_eq!(lifetime(ttl), text);
    }
    if let Some(version) = api::version(text) {
        assert_eq!(api::version(&version.etag()), Some(version));
    }
}

/// The same fields, as plain as they can be, mean the same to some operation.
fn again(told: &Told) {
    let condition = &told.condition;
    let fields = [
        ("if-match", condition.if_match.as_ref().map(list)),
        ("if-none-match", condition.if_none_match.as_ref().map(list)),
        ("if-unmodified-since", condition.if_unmodified_since.map(date)),
        ("if-modified-since", condition.if_modified_since.map(date)),
        ("item-ttl", told.ttl.map(lifetime)),
        ("min-version", told.min_version.map(|version| version.etag())),
        ("prefer", told.prefer.map(str::to_owned)),
        ("idempotency-key", told.key.as_deref().map(quoted)),
        ("accept-encoding", told.coding.map(str::to_owned)),
    ];
    let lines: Vec<(&str, &[u8])> =
        fields.iter().filter_map(|(name, value)| Some((*name, value.as_ref()?.as_bytes()))).collect();
    assert!(api::told(&lines).iter().flatten().any(|other| other == told), "{told:?} {fields:?}");
}

fn list(tags: &Tags) -> String {
    let tag = |tag: &Tag| {
        let opaque = tag.version.map_or_else(|| "\"another's\"".to_owned(), |version| version.etag());
        format!("{}{opaque}", if tag.weak { "W/" } else { "" })
    };
    match tags {
        Tags::Any => "*".to_owned(),
        Tags::List(tags) => tags.iter().map(tag).collect::<Vec<_>>().join(", "),
    }
}

fn date(time: Timestamp) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_micros(time.micros()))
}

fn lifetime(ttl: Ttl) -> String {
    match ttl {
        Ttl::Never => "never".to_owned(),
        Ttl::Seconds(seconds) => {
            assert!((1..=limits::TTL_SECONDS).contains(&seconds));
            seconds.to_string()
        }
        Ttl::Until(_) => panic!("no header field says {ttl:?}"),
    }
}

fn quoted(key: &[u8]) -> String {
    let key = std::str::from_utf8(key).expect("visible characters");
    assert!((1..=limits::IDEMPOTENCY_KEY_CHARS).contains(&key.len()));
    format!("\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\""))
}
