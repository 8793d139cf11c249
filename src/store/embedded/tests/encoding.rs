//! What is encoded is decoded to the same, and nothing else is decoded at all.

use ::bytes::Bytes;
use proptest::prelude::*;

use super::address;
use crate::domain::{
    Collection, CollectionName, Document, Item, OperationOutcome, Settings, Timestamp, Version, WriteId,
    Written,
};
use crate::store::backend::{Address, Row};
use crate::store::embedded::keys::{self, Mortal};
use crate::store::embedded::record::{self, Answer, LastTurn, TokenRecord};
use crate::store::embedded::row;

fn version() -> impl Strategy<Value = Version> {
    (any::<u64>(), any::<u64>())
        .prop_map(|(stamp, write)| Version { stamp, write: WriteId::from_bits(write) })
}

fn end() -> impl Strategy<Value = Option<Timestamp>> {
    prop::option::of(any::<u64>().prop_map(Timestamp::from_micros))
}

fn rows() -> impl Strategy<Value = Row> {
    (prop::collection::vec(any::<u8>(), 0..300), version(), end(), any::<bool>()).prop_map(
        |(text, version, expires, created)| {
            let document = Document::trusted(Bytes::from(text));
            Row { item: Item { document, version, expires }, created }
        },
    )
}

fn outcome() -> impl Strategy<Value = OperationOutcome> {
    prop_oneof![
        Just(OperationOutcome::Checked),
        Just(OperationOutcome::Deleted),
        (version(), end()).prop_map(|(version, expires)| OperationOutcome::Put { version, expires }),
        (version(), end()).prop_map(|(version, expires)| OperationOutcome::Incremented { version, expires }),
    ]
}

fn written() -> impl Strategy<Value = Written> {
    (any::<bool>(), prop::option::of(version()), end()).prop_map(|(created, version, expires)| Written {
        created,
        version,
        expires,
        document: None,
    })
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        written().prop_map(Answer::Written),
        prop::collection::vec(outcome(), 0..20).prop_map(Answer::Outcomes),
    ]
}

proptest! {
    #[test]
    fn rows_come_back_and_damage_does_not(row in rows(), place: prop::sample::Index, bit in 0u8..8) {
        let value = row::encode(b"key", &row);
        prop_assert_eq!(row::decode(b"key", &Bytes::from(value.clone())).unwrap(), row);
        prop_assert!(row::decode(b"kez", &Bytes::from(value.clone())).is_err());
        let place = place.index(value.len());
        prop_assert!(row::decode(b"key", &Bytes::copy_from_slice(&value[..place])).is_err());
        let mut flipped = value;
        flipped[place] ^= 1 << bit;
        prop_assert!(row::decode(b"key", &Bytes::from(flipped)).is_err());
    }

    #[test]
    fn records_come_back(content: [u8; 16], id: [u8; 16], expires: u64, answer in answer()) {
        let record = TokenRecord { content, expires: Timestamp::from_micros(expires), answer };
        let value = record::encode_token(&id, &record);
        prop_assert_eq!(record::decode_token(&id, &value).unwrap(), record);
    }

    #[test]
    fn settings_come_back(
        ttl: Option<u64>,
        schema: Option<Vec<u8>>,
        require_preconditions: bool,
        shards in 1u16..65,
        version in version(),
        created: bool,
    ) {
        let schema = schema.map(Bytes::from);
        let settings = Settings { default_ttl: ttl, schema, require_preconditions, shards };
        let collection = Collection { name: CollectionName::parse("a-b").unwrap(), settings, version, created };
        let value = Bytes::from(record::encode_collection(&collection));
        prop_assert_eq!(record::decode_collection(b"a-b", &value).unwrap(), collection);
        prop_assert!(record::decode_collection(b"a-c", &value).is_err());
    }

    #[test]
    fn the_last_turn_comes_back(turn: u64, stamp: u64, generation: u32) {
        let last = LastTurn { turn, stamp, generation };
        prop_assert_eq!(LastTurn::decode(&last.encode()).unwrap(), last);
    }

    #[test]
    fn keys_of_a_partition_are_in_the_order_of_their_bytes(a in "[ -~é]{1,20}", b in "[ -~é]{1,20}") {
        let odd = |key: &str| key.split('/').any(|segment| matches!(segment, "" | "." | ".."));
        prop_assume!(!odd(&a) && !odd(&b));
        let (a, b) = (address(&a), address(&b));
        prop_assert_eq!(keys::item(&a).cmp(&keys::item(&b)), a.key.as_str().as_bytes().cmp(b.key.as_str().as_bytes()));
        prop_assert_eq!(keys::parse_item(&keys::item(&a)).unwrap(), a);
    }

    #[test]
    fn the_index_is_in_the_order_of_time(a in 0u64..1 << 40, b in 0u64..1 << 40) {
        let entry = |millis| keys::item_expiry(Timestamp::from_millis(millis), b"k");
        prop_assert_eq!(entry(a).cmp(&entry(b)), a.cmp(&b));
        let read = keys::parse_expiry(&entry(a)).unwrap();
        prop_assert_eq!(read, (Timestamp::from_millis(a), Mortal::Item(b"k".to_vec())));
    }
}

#[test]
fn an_end_beyond_all_times_is_damage() {
    let entry = |millis: u64| [&millis.to_be_bytes()[..], b"\0k"].concat();
    assert!(keys::parse_expiry(&entry(u64::MAX / 1000)).is_ok());
    assert!(keys::parse_expiry(&entry(u64::MAX / 1000 + 1)).is_err());
}

#[test]
fn no_collection_lies_within_another() {
    let at = |collection: &str, shard| Address {
        collection: CollectionName::parse(collection).unwrap(),
        shard,
        ..address("key")
    };
    let (lower, upper) = keys::collection(&CollectionName::parse("a").unwrap());
    let range = lower..upper;
    assert!(range.contains(&keys::item(&at("a", 0))) && range.contains(&keys::item(&at("a", 63))));
    for other in ["aa", "a-", "a0", "a_", "b"] {
        assert!(!range.contains(&keys::item(&at(other, 0))), "{other}");
    }
}
