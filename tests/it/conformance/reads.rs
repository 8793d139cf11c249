//! Reads of one item and of many.

use larder::domain::{Consistency, Kind, Read, Store, limits};

use super::ask::{
    Said, collection, context, delete, done, everything, item, made, put, read_of, string_of, text, text_of,
    version,
};
use crate::support::clock::TestClock;

/// A document comes back as it was written, byte for byte.
pub async fn a_document_comes_back_byte_for_byte(store: &dyn Store, _clock: &TestClock) {
    let odd = [
        " {\"b\" : 1.00 ,\t\"a\":1e400, \"\\u0061b\":\"\\u00e9\\/\" }\n",
        "123456789012345678901234567890.000100",
        "\"\"",
        "null",
        "[]",
        "-0",
    ];
    for document in odd {
        done(store, put("a", document)).await;
        assert_eq!(text(store, "a").await.as_deref(), Some(document));
    }
}

/// What was never written is absent, and so is what was deleted.
pub async fn what_is_not_there_is_none(store: &dyn Store, _clock: &TestClock) {
    made(store).await;
    assert_eq!(item(store, "a").await, None);
    done(store, put("a", "1")).await;
    done(store, delete("a")).await;
    assert_eq!(item(store, "a").await, None);
}

/// A read in a collection that is not there says so.
pub async fn a_read_without_collection_is_no_such_collection(store: &dyn Store, _clock: &TestClock) {
    let error = store.read(&context(), read_of("a")).await.expect_err("no collection");
    assert_eq!(error.kind(), Kind::NoSuchCollection);
    let error = store.list(&context(), everything("notes")).await.expect_err("no collection");
    assert_eq!(error.kind(), Kind::NoSuchCollection);
    let error = store.collection(&context(), collection("notes")).await.expect_err("no collection");
    assert_eq!(error.kind(), Kind::NoSuchCollection);
}

/// An eventual read says what it was.
pub async fn a_read_says_how_recent_it_is(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", "1")).await;
    for consistency in [Consistency::Strong, Consistency::Eventual] {
        let read = Read { consistency, ..read_of("a") };
        let (found, said) = store.read(&context(), read).await.expect("a read").value;
        assert_eq!(said, consistency);
        assert!(found.is_some());
    }
}

/// A least version that is there needs no second read.
pub async fn a_version_that_is_there_is_found_by_an_eventual_read(store: &dyn Store, _clock: &TestClock) {
    let first = version(store, put("a", "1")).await;
    let second = version(store, put("a", "2")).await;
    for least in [first, second] {
        let read = Read { consistency: Consistency::Eventual, min_version: Some(least), ..read_of("a") };
        let reply = store.read(&context(), read).await.expect("a read");
        let (found, said) = reply.value;
        assert_eq!(text_of(&found.expect("the item").document), "2");
        // A store may have been behind, and then has read once more.
        assert!(said == Consistency::Eventual || reply.charge.read_halves == 3);
    }
}

/// A least version that is not there, or of an absent item, is looked for strongly once more, and no further.
pub async fn a_version_that_is_missing_is_looked_for_strongly(store: &dyn Store, _clock: &TestClock) {
    let old = version(store, put("a", "1")).await;
    let mut future = old;
    future.stamp += 1_000_000;
    let read = Read { consistency: Consistency::Eventual, min_version: Some(future), ..read_of("a") };
    let reply = store.read(&context(), read).await.expect("a read");
    assert_eq!(reply.charge.read_halves, 3, "an eventual read and a strong one");
    let (found, said) = reply.value;
    assert_eq!(found.expect("an older item is still the answer").version, old);
    assert_eq!(said, Consistency::Strong);

    let read = Read { consistency: Consistency::Eventual, min_version: Some(old), ..read_of("b") };
    let (found, said) = store.read(&context(), read).await.expect("a read").value;
    assert_eq!((found, said), (None, Consistency::Strong));
}

/// What has expired is absent to a least version, too: it is looked for strongly.
pub async fn what_has_expired_is_looked_for_strongly(store: &dyn Store, clock: &TestClock) {
    let seen = version(store, put("a", "1").ttl(1)).await;
    clock.advance_millis(1000);
    let read = Read { consistency: Consistency::Eventual, min_version: Some(seen), ..read_of("a") };
    let (found, said) = store.read(&context(), read).await.expect("a read").value;
    assert_eq!((found, said), (None, Consistency::Strong));
}

/// Many reads answer in their order, each with its own outcome.
pub async fn many_reads_answer_in_order(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", "1")).await;
    done(store, put("c", "3")).await;
    let mut elsewhere = read_of("a");
    elsewhere.target.collection = collection("nowhere");
    let eventual = Read { consistency: Consistency::Eventual, ..read_of("a") };
    let reads = vec![read_of("c"), read_of("b"), elsewhere, eventual, read_of("c")];
    let answers = store.read_many(&context(), reads).await.expect("some could be tried").value;
    let told: Vec<_> = answers
        .iter()
        .map(|answer| match answer {
            Ok(item) => Ok(item.as_ref().map(|item| text_of(&item.document))),
            Err(error) => Err(error.kind()),
        })
        .collect();
    let some = |text: &str| Ok(Some(text.to_owned()));
    assert_eq!(told, [some("3"), Ok(None), Err(Kind::NoSuchCollection), some("1"), some("3")]);
}

/// No reads are answered with nothing.
pub async fn no_reads_are_no_answers(store: &dyn Store, _clock: &TestClock) {
    let answers = store.read_many(&context(), Vec::new()).await.expect("nothing to fail").value;
    assert!(answers.is_empty());
}

/// A hundred large documents come back in one go.
pub async fn many_large_documents_are_read_at_once(store: &dyn Store, _clock: &TestClock) {
    let large = super::ask::string_of(100_000);
    for n in 0..30 {
        done(store, put(&format!("k{n}"), &large)).await;
    }
    let reads = (0..30).map(|n| read_of(&format!("k{n}"))).collect();
    let answers = store.read_many(&context(), reads).await.expect("a read").value;
    assert_eq!(answers.len(), 30);
    for answer in answers {
        let item = answer.expect("a read").expect("an item");
        assert_eq!(item.document.bytes().len(), 100_000);
    }
}

/// The store can say that it serves.
pub async fn a_store_that_serves_is_ready(store: &dyn Store, _clock: &TestClock) {
    store.ready(&context()).await.expect("it serves");
}

/// Of many documents as many are read as an answer has room for, in the order asked; the others are `too-large`. What
/// nobody wants the document of takes no room.
pub async fn an_answer_to_many_reads_has_room_for_eight_megabytes(store: &dyn Store, _clock: &TestClock) {
    let large = string_of(380 * 1024);
    done(store, put("large", &large)).await;
    let with = |want_document| Read { want_document, ..read_of("large") };
    let reads = [vec![with(false); 10], vec![with(true); 30], vec![with(false); 10]].concat();
    let answers = store.read_many(&context(), reads).await.expect("answers").value;
    let fit = limits::ANSWER_BYTES / large.len();
    for (place, answer) in answers.iter().enumerate() {
        match place {
            10..40 if place - 10 >= fit => {
                let error = answer.as_ref().expect_err("no room");
                assert_eq!(error.kind(), Kind::TooLarge, "{place}: {error}");
            }
            _ => {
                let item = answer.as_ref().expect("a read").as_ref().expect("an item");
                let expected = if (10..40).contains(&place) { large.as_str() } else { "null" };
                assert!(text_of(&item.document) == expected, "{place}");
            }
        }
    }
}
