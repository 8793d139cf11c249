//! Two stores on one table whose clocks are an hour apart: versions grow, and no write is refused for it.

use std::sync::Arc;
use std::time::Duration;

use larder::domain::{Condition, Store};
use larder::store::engine;

use crate::conformance::ask::{
    Said, delete, done, if_absent, if_match, increment, item, merge, put, text, version,
};
use crate::conformance::transactions::{t_increment, t_put, together};
use crate::support::clock::TestClock;
use crate::support::dynamo::{self, Emulator};

/// Two stores on one table, the first an hour ahead of the other.
async fn an_hour_apart(emulator: &Emulator) -> (Arc<dyn Store>, Arc<dyn Store>) {
    let table = emulator.table().await;
    let (ahead, behind) = (Arc::new(TestClock::new()), Arc::new(TestClock::new()));
    ahead.advance(Duration::from_secs(3600));
    let options = engine::Options { auto_create: true };
    let first = dynamo::store(table.clone(), &ahead, options).await;
    let second = dynamo::store(table, &behind, options).await;
    (first, second)
}

#[tokio::test]
async fn versions_grow_whoever_writes() {
    let emulator = Emulator::start().await;
    let (first, second) = an_hour_apart(&emulator).await;
    let stores: [&dyn Store; 2] = [&*first, &*second];
    for (one, other) in [(stores[0], stores[1]), (stores[1], stores[0])] {
        let mut last = version(one, put("a", "1")).await;
        for round in 0..5 {
            let (writer, number) = if round % 2 == 0 { (other, "2") } else { (one, "3") };
            for write in [
                put("a", number),
                merge("a", "4"),
                increment("a", r#"{"":1}"#),
                put("a", "5").under(if_match(last)),
            ] {
                let conditional = write.condition.if_match.is_some();
                let write = if conditional { write.under(if_match(last)) } else { write };
                let next = version(writer, write).await;
                assert!(next.stamp > last.stamp, "{next} after {last}");
                last = next;
            }
            let outcomes = together(
                writer,
                vec![t_put("a", "6", if_match(last)), t_increment("b", r#"{"":1}"#, Condition::default())],
            );
            assert_eq!(outcomes.await.len(), 2);
            let next = item(writer, "a").await.expect("it is there").version;
            assert!(next.stamp > last.stamp);
            last = next;
        }
        done(other, delete("a")).await;
        assert!(done(one, put("a", "1").under(if_absent())).await.created);
        done(one, delete("a")).await;
    }
    assert_eq!(text(stores[0], "b").await.as_deref(), Some("10"), "each transaction counted");
    emulator.stop();
}

/// A counter that both add to, the one ahead in between.
#[tokio::test]
async fn a_counter_takes_both() {
    let emulator = Emulator::start().await;
    let (first, second) = an_hour_apart(&emulator).await;
    let count = async |store: &dyn Store| {
        for _ in 0..40 {
            done(store, increment("n", r#"{"":1}"#)).await;
        }
    };
    futures_util::future::join(count(&*first), count(&*second)).await;
    assert_eq!(text(&*first, "n").await.as_deref(), Some("80"));
    emulator.stop();
}
