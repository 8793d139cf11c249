//! Charges: what `DynamoDB` bills for each operation, reported for every store.

use larder::domain::{Charge, Consistency, ListQuery, Read, Reply, Store, item_bytes};

use super::ask::{
    NOTES, Said, charged, context, cost, delete, done, everything, if_absent, if_match_any, increment, made,
    merge, put, read_of, refused, string_of, target,
};
use super::transactions::{free, gets, t_check, t_put, transaction};
use crate::support::clock::TestClock;

/// A document that makes an item of exactly that many bytes under a key of one.
fn item_of(bytes: usize) -> String {
    string_of(bytes - item_bytes(NOTES, "a", 0, false))
}

fn charge<T: std::fmt::Debug>(reply: Reply<T>) -> Charge {
    reply.expect("an answer").charge
}

/// A read costs a unit for each 4 KB begun, an eventual one half of that.
pub async fn reads_cost_a_unit_for_four_kilobytes(store: &dyn Store, _clock: &TestClock) {
    for (bytes, halves) in [(100, 2), (4096, 2), (4097, 4), (8192, 4), (100_000, 50)] {
        done(store, put("a", &item_of(bytes))).await;
        assert_eq!(charge(store.read(&context(), read_of("a")).await), cost(halves, 0), "{bytes} bytes");
        let eventual = Read { consistency: Consistency::Eventual, ..read_of("a") };
        assert_eq!(charge(store.read(&context(), eventual).await), cost(halves / 2, 0), "{bytes} bytes");
    }
    assert_eq!(charge(store.read(&context(), read_of("nothing")).await), cost(2, 0), "nothing costs a unit");
}

/// A put costs a unit for each KB begun of the larger of what was there and what is there then.
pub async fn puts_cost_a_unit_for_a_kilobyte(store: &dyn Store, _clock: &TestClock) {
    made(store).await;
    for (bytes, units) in [(100, 1), (1024, 1), (1025, 2), (50_000, 49), (2000, 49), (2000, 2), (100, 2)] {
        assert_eq!(charged(store, put("a", &item_of(bytes))).await.charge, cost(0, units), "{bytes} bytes");
    }
}

/// A delete costs what is removed, and a unit where nothing is.
pub async fn deletes_cost_what_they_remove(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", &item_of(5000))).await;
    assert_eq!(charged(store, delete("a")).await.charge, cost(0, 5));
    assert_eq!(refused(store, delete("a")).await.charge(), cost(0, 1));
}

/// A write that its condition forbids costs as much as one that happens.
pub async fn failed_conditions_cost_the_same(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", &item_of(3000))).await;
    assert_eq!(refused(store, put("a", "1").under(if_absent())).await.charge(), cost(0, 3));
    assert_eq!(refused(store, put("a", &item_of(9000)).under(if_absent())).await.charge(), cost(0, 9));
    assert_eq!(refused(store, put("b", "1").under(if_match_any())).await.charge(), cost(0, 1));
}

/// A repetition that is known again costs the write that found it out.
pub async fn a_replay_costs_a_write(store: &dyn Store, _clock: &TestClock) {
    made(store).await;
    let write = put("a", &item_of(3000));
    let first = charged(store, write.clone()).await.charge;
    assert_eq!(charged(store, write).await.charge, first);
}

/// A patch costs a read and a write.
pub async fn patches_cost_a_read_and_a_write(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", &format!(r#"{{"x":{}}}"#, string_of(4900)))).await;
    assert_eq!(charged(store, merge("a", r#"{"y":1}"#)).await.charge, cost(4, 5));
    assert_eq!(refused(store, merge("nothing", "{}")).await.charge(), cost(2, 0), "only the read was done");
}

/// An increment of a bare number costs one write.
pub async fn an_increment_of_a_number_costs_a_write(store: &dyn Store, _clock: &TestClock) {
    made(store).await;
    assert_eq!(charged(store, increment("n", r#"{"":1}"#)).await.charge.writes, 1);
    assert_eq!(charged(store, increment("n", r#"{"":1}"#)).await.charge.writes, 1);
}

/// Many reads cost the sum of the reads.
pub async fn many_reads_cost_their_sum(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", &item_of(5000))).await;
    let eventual = Read { consistency: Consistency::Eventual, ..read_of("a") };
    let reads = vec![read_of("a"), read_of("nothing"), eventual];
    assert_eq!(charge(store.read_many(&context(), reads).await), cost(4 + 2 + 2, 0));
}

/// A list costs the sum of what it reads, rounded up once.
pub async fn lists_cost_the_sum_of_their_items(store: &dyn Store, _clock: &TestClock) {
    made(store).await;
    assert_eq!(charge(store.list(&context(), everything(NOTES)).await), cost(2, 0));
    for key in ["a", "b", "c", "d"] {
        done(store, put(key, &item_of(1500))).await;
    }
    assert_eq!(charge(store.list(&context(), everything(NOTES)).await), cost(4, 0), "6000 bytes");
    let keys = ListQuery { values: false, ..everything(NOTES) };
    assert_eq!(charge(store.list(&context(), keys).await), cost(4, 0), "keys alone are no cheaper");
    let eventual = ListQuery { consistency: Consistency::Eventual, ..everything(NOTES) };
    assert_eq!(charge(store.list(&context(), eventual).await), cost(2, 0));
}

/// A transaction costs twice the units, checks too.
pub async fn transactions_cost_twice(store: &dyn Store, _clock: &TestClock) {
    done(store, put("a", &item_of(3000))).await;
    done(store, put("b", &item_of(5000))).await;
    let writes = vec![t_put("a", "1", free()), t_put("c", "1", free()), t_check("b", if_match_any())];
    assert_eq!(charge(store.transact(&context(), transaction(writes)).await), cost(0, 2 * (3 + 1 + 5)));
    let reads = gets(&[target(NOTES, "b"), target(NOTES, "nothing")]);
    assert_eq!(charge(store.transact(&context(), reads).await), cost(2 * (4 + 2), 0));
    let failing = transaction(vec![t_put("b", "1", if_absent()), t_put("c", "1", free())]);
    let error = store.transact(&context(), failing).await.expect_err("b is there");
    assert_eq!(error.charge(), cost(0, 2 * (5 + 1)), "a failed transaction is billed");
}

/// What is refused before any row is looked at costs nothing.
pub async fn what_no_row_was_looked_at_for_costs_nothing(store: &dyn Store, _clock: &TestClock) {
    let required =
        larder::domain::PutCollection { require_preconditions: true, ..super::ask::settings(NOTES) };
    super::ask::settle(store, required).await;
    assert_eq!(refused(store, put("a", "1")).await.charge(), Charge::ZERO);
    let error =
        store.transact(&context(), transaction(vec![t_put("a", "1", free())])).await.expect_err("428");
    assert_eq!(error.charge(), Charge::ZERO);
}
