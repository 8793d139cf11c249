//! Values of every kind that a store is asked with.

use larder::domain::{
    Action, After, Attempt, Check, CollectionName, CollectionQuery, Condition, Consistency, Document,
    Increments, Key, KeyPrefix, KeyRange, ListQuery, Operation, Patch, PatchFormat, Place, PutCollection,
    Read, Tag, Tags, Target, Timestamp, Token, Transaction, Ttl, Version, Write, WriteId,
};
use larder::wire::Call;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

pub(super) fn version() -> impl Strategy<Value = Version> + Clone {
    any::<(u64, u64)>().prop_map(|(stamp, write)| Version { stamp, write: WriteId::from_bits(write) })
}

pub(super) fn timestamp() -> impl Strategy<Value = Timestamp> + Clone {
    any::<u64>().prop_map(Timestamp::from_micros)
}

pub(super) fn name() -> impl Strategy<Value = CollectionName> {
    "[a-z0-9][a-z0-9_-]{0,62}".prop_map(|text| CollectionName::parse(&text).expect("a name"))
}

pub(super) fn key() -> impl Strategy<Value = Key> {
    "[a-zäß]{1,9}(/[A-Z ]{1,5}){0,3}"
        .prop_map(|text| Key::parse(&text, Place::Parameter("key".into())).expect("a key"))
}

fn target() -> impl Strategy<Value = Target> {
    (name(), key()).prop_map(|(collection, key)| Target { collection, key })
}

pub(super) fn document() -> impl Strategy<Value = Document> {
    vec(any::<u8>(), 0..50).prop_map(|bytes| Document::trusted(bytes.into()))
}

pub(super) fn consistency() -> impl Strategy<Value = Consistency> {
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
    let parts = (
        target(),
        action(),
        condition(),
        of(ttl()),
        of(token()),
        attempt(),
        any::<(u64, bool, bool, bool)>(),
    );
    parts.prop_map(|(target, action, condition, ttl, token, attempt, (id, keyed, want_document, exempt))| {
        Write {
            target,
            action,
            condition,
            exempt,
            ttl,
            write_id: WriteId::from_bits(id),
            keyed,
            token,
            attempt,
            want_document,
        }
    })
}

pub(super) fn after() -> impl Strategy<Value = After> {
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
