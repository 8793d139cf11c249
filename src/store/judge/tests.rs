//! Each rule of the write protocol, by itself.

use ::bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::domain::{CollectionName, Key, Place, Settings, Tag};
use crate::store::backend::{Address, Lifetime};

const NOW: Timestamp = Timestamp::from_secs(100);

fn write(number: u64) -> WriteId {
    WriteId::from_bits(number << 24)
}

fn row(number: u64, expires: Option<Timestamp>) -> Row {
    let version = Version { stamp: 99_000_000, write: write(number) };
    let document = Document::trusted(Bytes::from_static(b"1"));
    Row { item: Item { document, version, expires }, created: true }
}

fn change(action: Action, condition: Condition) -> Change {
    let key = Key::parse("k", Place::Parameter("key".into())).unwrap();
    let address = Address { collection: CollectionName::parse("c").unwrap(), shard: 0, key };
    Change {
        address,
        action,
        condition,
        by_caller: true,
        lifetime: Lifetime::At(None),
        create_collection: false,
    }
}

fn put(condition: Condition) -> Change {
    change(Action::Put(Document::trusted(Bytes::from_static(b"2"))), condition)
}

fn alone(change: Change, number: u64) -> Single {
    Single {
        change,
        write_id: write(number),
        keyed: false,
        token: None,
        attempt: Attempt::First,
        want_document: false,
    }
}

fn any_match() -> Condition {
    Condition { if_match: Some(Tags::Any), ..Condition::default() }
}

#[test]
fn a_put_stores_a_greater_stamp_and_says_whether_it_created() {
    for (there, created) in [(None, true), (Some(row(1, None)), false)] {
        match single(&alone(put(Condition::default()), 2), there.as_ref(), NOW).unwrap() {
            Decision::Store(stored) => {
                assert_eq!(stored.created, created);
                assert_eq!(stored.item.version, Version { stamp: NOW.micros(), write: write(2) });
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_stamp_grows_though_the_clock_does_not_and_though_the_row_has_expired() {
    let mut ahead = row(1, Some(NOW));
    ahead.item.version.stamp = NOW.micros() + 7;
    match single(&alone(put(Condition::absent()), 2), Some(&ahead), NOW).unwrap() {
        Decision::Store(stored) => {
            assert_eq!(stored.item.version.stamp, NOW.micros() + 8);
            assert!(stored.created);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_expired_row_is_absent_to_the_millisecond() {
    let until = |millis| row(1, Some(Timestamp::from_millis(millis)));
    let judged = |row: Row| single(&alone(put(any_match()), 2), Some(&row), NOW);
    assert_eq!(judged(until(100_000)).unwrap_err().kind(), Kind::PreconditionFailed);
    assert!(matches!(judged(until(100_001)), Ok(Decision::Store(_))));
    let delete = alone(change(Action::Delete, Condition::default()), 2);
    let gone = single(&delete, Some(&until(100_000)), NOW).unwrap_err();
    assert_eq!(gone.kind(), Kind::NoSuchItem);
}

#[test]
fn a_delete_of_nothing_is_no_such_item_whatever_its_condition() {
    for condition in [Condition::default(), any_match(), Condition::absent()] {
        let delete = alone(change(Action::Delete, condition), 2);
        assert_eq!(single(&delete, None, NOW).unwrap_err().kind(), Kind::NoSuchItem);
    }
}

#[test]
fn a_failed_condition_shows_what_is_there_as_far_as_it_is_wanted() {
    for want_document in [false, true] {
        let refused = Single { want_document, ..alone(put(Condition::absent()), 2) };
        let error = single(&refused, Some(&row(1, None)), NOW).unwrap_err();
        assert_eq!(error.kind(), Kind::PreconditionFailed);
        let current = error.current().unwrap();
        assert_eq!(current.version, row(1, None).item.version);
        assert_eq!(current.document.is_some(), want_document);
    }
}

#[test]
fn the_write_that_is_there_is_answered_again_before_its_condition_is_judged() {
    let again = alone(put(Condition::absent()), 1);
    match single(&again, Some(&row(1, None)), NOW).unwrap() {
        Decision::Replay(written) => assert!(written.created),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_key_with_other_content_is_found_out() {
    let mut other = alone(put(Condition::default()), 1);
    other.write_id = WriteId::from_bits(write(1).bits() | 5);
    assert!(matches!(single(&other, Some(&row(1, None)), NOW), Ok(Decision::Store(_))));
    other.keyed = true;
    let error = single(&other, Some(&row(1, None)), NOW).unwrap_err();
    assert_eq!(error.kind(), Kind::IdempotencyKeyReused);
}

#[test]
fn a_repetition_elsewhere_needs_a_condition_that_names_what_is_there() {
    let there = row(1, None);
    let weak = Tags::List(vec![Tag { version: Some(there.item.version), weak: true }]);
    let unsafe_ones = [
        Condition::default(),
        any_match(),
        Condition { if_none_match: Some(weak), ..Condition::default() },
        Condition::version(Version { stamp: 1, write: write(1) }),
    ];
    for condition in unsafe_ones {
        let again = Single { attempt: Attempt::RepeatElsewhere, ..alone(put(condition), 2) };
        assert_eq!(single(&again, Some(&there), NOW).unwrap_err().kind(), Kind::OutcomeUnknown);
    }
    let pinned = put(Condition::version(there.item.version));
    let again = Single { attempt: Attempt::RepeatElsewhere, ..alone(pinned, 2) };
    assert!(matches!(single(&again, Some(&there), NOW), Ok(Decision::Store(_))));
}

#[test]
fn in_a_transaction_a_delete_of_nothing_and_a_check_that_holds_change_nothing() {
    let delete = change(Action::Delete, Condition::default());
    assert!(matches!(together(&delete, write(2), None, NOW), Ok(Decision::Nothing)));
    let expired = row(1, Some(NOW));
    assert!(matches!(together(&delete, write(2), Some(&expired), NOW), Ok(Decision::Remove)));
    let check = change(Action::Check, any_match());
    assert!(matches!(together(&check, write(2), Some(&row(1, None)), NOW), Ok(Decision::Nothing)));
    let failed = together(&check, write(2), None, NOW).unwrap_err();
    assert_eq!(failed.kind(), Kind::PreconditionFailed);
}

#[test]
fn a_repeated_transaction_is_known_by_what_it_left() {
    let (ours, theirs) = (Some(row(2, None)), Some(row(1, None)));
    let pinned = Condition::version(row(1, None).item.version);
    let puts = || vec![put(Condition::default()), put(Condition::default())];
    let judged = |changes: &[Change], rows: &[Option<Row>]| repeated(changes, write(2), rows, NOW);
    let done = judged(&puts(), &[ours.clone(), ours.clone()]).unwrap().unwrap();
    assert_eq!(done.len(), 2);
    for unclear in [[ours.clone(), theirs.clone()], [theirs.clone(), theirs.clone()], [None, None]] {
        assert_eq!(judged(&puts(), &unclear).unwrap_err().kind(), Kind::OutcomeUnknown);
    }
    let safe = vec![put(Condition::default()), put(pinned.clone())];
    assert_eq!(judged(&safe, &[None, theirs.clone()]).unwrap(), None);
    // A check would find the same whether the rest was done or not.
    let checked = vec![put(Condition::default()), change(Action::Check, pinned)];
    assert_eq!(judged(&checked, &[None, theirs]).unwrap_err().kind(), Kind::OutcomeUnknown);
}

fn settings_put(number: u64, shards: Option<u16>, condition: Condition) -> PutCollection {
    PutCollection {
        name: CollectionName::parse("c").unwrap(),
        default_ttl: Some(5),
        schema: None,
        require_preconditions: false,
        shards,
        condition,
        write_id: write(number),
        attempt: Attempt::First,
    }
}

fn there(shards: u16) -> Collection {
    let settings = Settings { shards, ..Settings::default() };
    let version = Version { stamp: 7, write: write(1) };
    Collection { name: CollectionName::parse("c").unwrap(), settings, version, created: false }
}

#[test]
fn settings_replace_all_but_the_shards() {
    for (put, before, expected) in
        [(None, None, 1), (Some(4), None, 4), (None, Some(4), 4), (Some(4), Some(4), 4)]
    {
        let before = before.map(there);
        match settings(&settings_put(2, put, Condition::default()), before.as_ref(), NOW).unwrap() {
            SettingsDecision::Store(stored) => {
                assert_eq!((stored.settings.shards, stored.settings.default_ttl), (expected, Some(5)));
            }
            SettingsDecision::Replay(_) => panic!("nothing to replay"),
        }
    }
    let error = settings(&settings_put(2, Some(8), Condition::default()), Some(&there(4)), NOW).unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict);
}

#[test]
fn settings_are_judged_by_their_own_version() {
    let error = settings(&settings_put(2, None, Condition::absent()), Some(&there(1)), NOW).unwrap_err();
    assert_eq!(error.current().map(|current| current.version), Some(there(1).version));
    let before = there(1);
    let again = settings(&settings_put(1, None, Condition::absent()), Some(&before), NOW).unwrap();
    assert!(matches!(again, SettingsDecision::Replay(again) if *again == before));
    let mut elsewhere = settings_put(2, None, Condition::default());
    elsewhere.attempt = Attempt::RepeatElsewhere;
    let unknown = settings(&elsewhere, Some(&there(1)), NOW).unwrap_err();
    assert_eq!(unknown.kind(), Kind::OutcomeUnknown);
}

proptest! {
    /// Whatever happens, done once and repeated gives the same answer, and stores nothing new.
    #[test]
    fn what_was_stored_is_replayed(number in 1u64..5, before in prop::option::of(1u64..5), absent: bool) {
        let condition = if absent { Condition::absent() } else { Condition::default() };
        let wanted = alone(put(condition), number);
        let before = before.map(|number| row(number, None));
        if let Ok(Decision::Store(stored)) = single(&wanted, before.as_ref(), NOW) {
            let answer = Written::item(&stored.item, stored.created, false);
            for attempt in [Attempt::First, Attempt::RepeatHere, Attempt::RepeatElsewhere] {
                let again = Single { attempt, ..wanted.clone() };
                match single(&again, Some(&stored), NOW) {
                    Ok(Decision::Replay(written)) => prop_assert_eq!(&written, &answer),
                    other => prop_assert!(false, "{:?}", other),
                }
            }
        }
    }
}
