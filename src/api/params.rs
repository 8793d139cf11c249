//! The values of query parameters that several operations share.

use crate::domain::{Consistency, Error, KeyPrefix, KeyRange, Kind, Place, limits};

use super::call::Call;

/// `consistency`, if it is given.
pub(crate) fn consistency(call: &mut Call<'_>) -> Option<Consistency> {
    choice(call, "consistency", &[("strong", Consistency::Strong), ("eventual", Consistency::Eventual)])
}

/// `limit`, or its default.
pub(crate) fn limit(call: &mut Call<'_>) -> u16 {
    let Some(text) = call.query.get("limit") else { return limits::PAGE_DEFAULT };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = text.parse().ok().filter(|limit| digits && (1..=limits::PAGE_MAX).contains(limit));
    limit.unwrap_or_else(|| {
        let error = wrong("limit", format!("limit is from 1 to {}", limits::PAGE_MAX));
        let actual = text.parse().unwrap_or_default();
        call.faults.absorb::<()>(Err(error.if_beyond(limits::PAGE_MAX.into(), actual)));
        limits::PAGE_DEFAULT
    })
}

/// One of a few words.
pub(crate) fn choice<T: Copy>(call: &mut Call<'_>, name: &'static str, words: &[(&str, T)]) -> Option<T> {
    let text = call.query.get(name)?;
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    if found.is_none() {
        let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        call.faults.absorb::<()>(Err(wrong(name, format!("{name} is {}", words.join(" or ")))));
    }
    found
}

/// `prefix`, `start` and `end`.
pub(crate) fn range(call: &mut Call<'_>) -> KeyRange {
    KeyRange {
        prefix: prefix(call, "prefix").unwrap_or_default(),
        start: prefix(call, "start"),
        end: prefix(call, "end"),
    }
}

fn prefix(call: &mut Call<'_>, name: &'static str) -> Option<KeyPrefix> {
    let parsed = KeyPrefix::parse(call.query.get(name)?, name);
    call.faults.absorb(parsed)
}

/// The fault of a parameter.
pub(crate) fn wrong(name: &str, detail: impl Into<String>) -> Error {
    Error::at(Kind::InvalidParameter, Place::Parameter(name.into()), detail)
}
