//! Values of every kind that a store is asked with, or answers.

use larder::domain::{
    Action, After, Attempt, Charge, Charged, Check, Collection, CollectionName, CollectionPage,
    CollectionQuery, Condition, Consistency, Current, Document, Entry, Error, Failure, Fault, Increments,
    Item, Key, KeyPrefix, KeyRange, Kind, ListQuery, Operation, OperationOutcome, Page, Patch, PatchFormat,
    Place, PutCollection, Read, Reply, Settings, Tag, Tags, Target, Timestamp, Token, Transaction, Ttl,
    Version, Write, WriteId, Written,
};
use larder::wire::{Answer, Call};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

fn version() -> impl Strategy<Value = Version> + Clone {
    any::<(u64, u64)>().prop_map(|(stamp, write)| Version { stamp, write: WriteId::from_bits(write) })
}

fn timestamp() -> impl Strategy<Value = Timestamp> + Clone {
    any::<u64>().prop_map(Timestamp::from_micros)
}

fn name() -> impl Strategy<Value = CollectionName> {
    "[a-z0-9][a-z0-9_-]{0,62}".prop_map(|text| CollectionName::parse(&text).expect("a name"))
}

fn key() -> impl Strategy<Value = Key> {
    "[a-zäß]{1,9}(/[A-Z ]{1,5}){0,3}"
        .prop_map(|text| Key::parse(&text, Place::Parameter("key".into())).expect("a key"))
}

fn target() -> impl Strategy<Value = Target> {
    (name(), key()).prop_map(|(collection, key)| Target { collection, key })
}

fn document() -> impl Strategy<Value = Document> {
    vec(any::<u8>(), 0..50).prop_map(|bytes| Document::trusted(bytes.into()))
}

fn consistency() -> impl Strategy<Value = Consistency> {
    select(vec![Consistency::Strong, Consistency::Eventual])
}

fn attempt() -> impl Strategy<Value = Attempt> {
    select(vec![Attempt::First, Attempt::RepeatHere, Attempt::RepeatElsewhere])
}

fn tags() -> impl Strategy<Value = Tags> {
    let tag = (of(version()), any::<bool>()).prop_map(|(version, weak)| Tag { version, weak });
    prop_oneof![Just(Tags::Any), vec(tag, 0..4).prop_map(Tags::List)]
}

fn condition() -> impl Strategy<Value = Condition> {
    (of(tags()), of(tags()), of(timestamp()), of(timestamp())).prop_map(|(a, b, c, d)| Condition {
        if_match: a,
        if_none_match: b,
        if_unmodified_since: c,
        if_modified_since: d,
    })
}

fn ttl() -> impl Strategy<Value = Ttl> {
    prop_oneof![
        Just(Ttl::Never),
        (1..315_360_000u64).prop_map(Ttl::Seconds),
        timestamp().prop_map(Ttl::Until)
    ]
}

fn token() -> impl Strategy<Value = Token> {
    any::<([u8; 16], [u8; 16])>().prop_map(|(id, content)| Token { id, content })
}

fn increments() -> impl Strategy<Value = Increments> {
    (1..999i32).prop_map(|by| Increments::parse(format!("{{\"/n\":{by}}}").into()).expect("increments"))
}

fn action() -> impl Strategy<Value = Action> {
    let patch = prop_oneof![
        Just((PatchFormat::Merge, r#"{"a":null}"#)),
        Just((PatchFormat::Json, r#"[{"op":"remove","path":"/a"}]"#)),
    ];
    prop_oneof![
        document().prop_map(Action::Put),
        patch.prop_map(|(format, text)| Action::Patch(Patch::parse(format, text.into()).expect("a patch"))),
        increments().prop_map(Action::Increment),
        Just(Action::Delete),
    ]
}

fn read() -> impl Strategy<Value = Read> {
    let parts = (target(), consistency(), of(version()), any::<bool>());
    parts.prop_map(|(target, consistency, min_version, want_document)| Read {
        target,
        consistency,
        min_version,
        want_document,
    })
}

fn write() -> impl Strategy<Value = Write> {
    let parts =
        (target(), action(), condition(), of(ttl()), of(token()), attempt(), any::<(u64, bool, bool)>());
    parts.prop_map(|(target, action, condition, ttl, token, attempt, (id, keyed, want_document))| Write {
        target,
        action,
        condition,
        ttl,
        write_id: WriteId::from_bits(id),
        keyed,
        token,
        attempt,
        want_document,
    })
}

fn after() -> impl Strategy<Value = After> {
    prop_oneof![
        "[a-z/]{0,9}".prop_map(|text| After::Key(text.into())),
        "[a-z/]{0,9}".prop_map(|text| After::Prefix(text.into())),
    ]
}

fn bound() -> impl Strategy<Value = KeyPrefix> {
    "[a-zé/]{0,9}".prop_map(|text| KeyPrefix::parse(&text, "prefix").expect("a prefix"))
}

fn list() -> impl Strategy<Value = ListQuery> {
    let range = (bound(), of(bound()), of(bound()));
    let parts = (name(), range, any::<(bool, u16, bool)>(), of(after()), of("[/:]{1,3}"), consistency());
    parts.prop_map(|(collection, range, (reverse, limit, values), after, delimiter, consistency)| ListQuery {
        collection,
        range: KeyRange { prefix: range.0, start: range.1, end: range.2 },
        reverse,
        limit,
        after,
        delimiter: delimiter.map(String::into_boxed_str),
        values,
        consistency,
    })
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        target().prop_map(|target| Operation::Get { target }),
        (target(), condition()).prop_map(|(target, condition)| Operation::Check(Check { target, condition })),
        (target(), document(), condition(), of(ttl())).prop_map(|(target, document, condition, ttl)| {
            Operation::Put { target, document, condition, ttl }
        }),
        (target(), increments(), condition(), of(ttl())).prop_map(|(target, increments, condition, ttl)| {
            Operation::Increment { target, increments, condition, ttl }
        }),
        (target(), condition()).prop_map(|(target, condition)| Operation::Delete { target, condition }),
    ]
}

fn transaction() -> impl Strategy<Value = Transaction> {
    let parts = (vec(operation(), 0..6), any::<u64>(), of(token()), attempt());
    parts.prop_map(|(operations, id, token, attempt)| {
        let write_id = WriteId::from_bits(id);
        Transaction { operations, write_id, token, attempt }
    })
}

fn put_collection() -> impl Strategy<Value = PutCollection> {
    let parts = (name(), of(any::<u64>()), of(document()), of(1..=64u16), condition(), attempt());
    (parts, any::<(bool, u64)>()).prop_map(|(parts, (require_preconditions, id))| {
        let (name, default_ttl, schema, shards, condition, attempt) = parts;
        PutCollection {
            name,
            default_ttl,
            schema: schema.map(Document::into_bytes),
            require_preconditions,
            shards,
            condition,
            write_id: WriteId::from_bits(id),
            attempt,
        }
    })
}

/// Every operation of a store.
pub fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        read().prop_map(Call::Read),
        vec(read(), 0..5).prop_map(Call::ReadMany),
        write().prop_map(Call::Write),
        list().prop_map(Call::List),
        transaction().prop_map(Call::Transact),
        (any::<u16>(), of(name()))
            .prop_map(|(limit, after)| Call::Collections(CollectionQuery { limit, after })),
        name().prop_map(Call::Collection),
        put_collection().prop_map(Call::PutCollection),
        (name(), condition()).prop_map(|(name, condition)| Call::DeleteCollection(name, condition)),
        Just(Call::Ready),
    ]
}

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
