//! Answers of every kind that a store gives.

use larder::domain::{
    BeyondAnswer, Charge, Charged, Collection, CollectionPage, Current, Document, Entry, Error, Failure,
    Fault, Item, Kind, OperationOutcome, Page, Place, Reply, Settings, Written,
};
use larder::wire::Answer;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::values::{after, consistency, document, key, name, timestamp, version};

fn item() -> impl Strategy<Value = Item> {
    let parts = (document(), version(), of(timestamp()));
    parts.prop_map(|(document, version, expires)| Item { document, version, expires })
}

fn charge() -> impl Strategy<Value = Charge> {
    any::<(u32, u32)>()
        .prop_map(|(reads, writes)| Charge { read_halves: reads.into(), writes: writes.into() })
}

fn fault() -> impl Strategy<Value = Fault> {
    let place = prop_oneof![
        "/[a-z]{0,5}".prop_map(Place::Pointer),
        "[a-z]{0,5}".prop_map(Place::Parameter),
        "[A-Z]{0,5}".prop_map(Place::Header),
    ];
    (place, ".{0,9}").prop_map(|(place, detail)| Fault { place, detail })
}

fn failure() -> impl Strategy<Value = Failure> {
    let parts = (0..100usize, select(Kind::ALL.to_vec()), of(version()));
    parts.prop_map(|(op, kind, version)| Failure { op, kind, version })
}

fn error() -> impl Strategy<Value = Error> {
    let current = (version(), of(document()))
        .prop_map(|(version, document)| Current { version, document: document.map(Document::into_bytes) });
    let said = (select(Kind::ALL.to_vec()), ".{0,20}", vec(fault(), 0..3), vec(failure(), 0..3), charge());
    let more = (of(current), of(any::<(u64, u64)>()), of(any::<u32>()), of("[a-z-]{1,9}"), of(400..600u16));
    (said, more).prop_map(|((kind, detail, faults, failures, charge), more)| {
        let (current, limit, retry_after, reason, status) = more;
        let error = Error::new(kind, detail).with_faults(faults).with_failures(failures);
        let error = error.with_charge(charge).with_current(current);
        let error = limit.into_iter().fold(error, |error, (limit, actual)| error.with_limit(limit, actual));
        let error = retry_after.into_iter().fold(error, Error::with_retry_after);
        let error = reason.into_iter().fold(error, Error::with_reason);
        status.into_iter().fold(error, Error::with_status)
    })
}

fn collection() -> impl Strategy<Value = Collection> {
    let settings = (of(any::<u64>()), of(document()), any::<bool>(), 1..=64u16);
    (name(), settings, version(), any::<bool>()).prop_map(|(name, settings, version, created)| {
        let (default_ttl, schema, require_preconditions, shards) = settings;
        let schema = schema.map(Document::into_bytes);
        Collection {
            name,
            settings: Settings { default_ttl, schema, require_preconditions, shards },
            version,
            created,
        }
    })
}

fn outcome() -> impl Strategy<Value = OperationOutcome> {
    let stored = || (version(), of(timestamp()));
    prop_oneof![
        of(item()).prop_map(OperationOutcome::Got),
        any::<u32>().prop_map(|bytes| OperationOutcome::Beyond(BeyondAnswer(bytes as usize))),
        Just(OperationOutcome::Nowhere),
        Just(OperationOutcome::Checked),
        stored().prop_map(|(version, expires)| OperationOutcome::Put { version, expires }),
        stored().prop_map(|(version, expires)| OperationOutcome::Incremented { version, expires }),
        Just(OperationOutcome::Deleted),
    ]
}

fn page() -> impl Strategy<Value = Page> {
    let entry = (key(), item()).prop_map(|(key, item)| Entry { key, item });
    let prefix = "[a-z]{0,5}/".prop_map(String::into_boxed_str);
    let parts = (vec(entry, 0..5), vec(prefix, 0..3), of(after()));
    parts.prop_map(|(entries, prefixes, next)| Page { entries, prefixes, next })
}

fn answer() -> impl Strategy<Value = Answer> {
    let written = (any::<bool>(), of(version()), of(timestamp()), of(document()));
    let written = written.prop_map(|(created, version, expires, document)| {
        Answer::Written(Written { created, version, expires, document })
    });
    let results = vec(of(item()).prop_map(Ok), 0..3);
    let failed = vec(error().prop_map(Err), 0..3);
    let many = (results, failed).prop_map(|(a, b)| Answer::ReadMany(a.into_iter().chain(b).collect()));
    prop_oneof![
        (of(item()), consistency()).prop_map(|(item, consistency)| Answer::Read(item, consistency)),
        many,
        written,
        page().prop_map(Answer::Page),
        vec(outcome(), 0..6).prop_map(Answer::Outcomes),
        (vec(collection(), 0..4), of(name()))
            .prop_map(|(collections, next)| Answer::Collections(CollectionPage { collections, next })),
        collection().prop_map(Answer::Collection),
        Just(()).prop_map(|()| Answer::Done),
    ]
}

/// Every answer of a store.
pub fn reply() -> impl Strategy<Value = Reply<Answer>> {
    prop_oneof![
        4 => (answer(), charge()).prop_map(|(value, charge)| Ok(Charged::new(value, charge))),
        1 => error().prop_map(Err),
    ]
}
