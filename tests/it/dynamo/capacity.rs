//! Capacity: what a run is billed for is what the contract says, and no call is made beside.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use larder::domain::{Charge, Condition, Consistency, Read, item_bytes};

use tokio::sync::Semaphore;

use crate::conformance::ask::{
    NOTES, Said, charged, collection, context, cost, delete, done, everything, fresh_token, if_absent,
    if_match, increment, made, put, read_of, refused, string_of, version,
};
use crate::support::mishaps::Mishap;
use crate::support::stores::{Fixture, Kind};
use crate::support::until::until;

use super::setting::Setting;

#[tokio::test]
async fn a_run_costs_the_sum_of_its_units() {
    let fixture = Fixture::open(Kind::Dynamo).await;
    let store = &*fixture.store;
    made(store).await;
    let mut sum = Charge::ZERO;
    for number in 0..20 {
        let key = format!("k{number}");
        sum += charged(store, put(&key, "{}").under(if_absent())).await.charge;
        sum += charged(store, put(&key, &string_of(1500))).await.charge;
        let read = Read { consistency: Consistency::Eventual, ..read_of(&key) };
        sum += store.read(&context(), read).await.expect("a read").charge;
        sum += charged(store, increment(&format!("n{number}"), r#"{"":1}"#)).await.charge;
        sum += charged(store, increment(&format!("n{number}"), r#"{"":1}"#)).await.charge;
        let seen = version(store, put(&format!("s{number}"), "1")).await;
        sum += refused(store, put(&format!("s{number}"), "2").under(if_absent())).await.charge();
        sum += charged(store, delete(&format!("s{number}")).under(if_match(seen))).await.charge;
    }
    // Creates 1, replaces 2, reads 0.5, counts 1 and 1, is refused 1, removes 1.
    assert_eq!(sum, cost(20, 20 * 7));
    fixture.close().await;
}

#[tokio::test]
async fn the_removal_of_a_collection_reads_its_settings_once() {
    let fixture = Fixture::open(Kind::Dynamo).await;
    let store = &*fixture.store;
    made(store).await;
    let removed = store.delete_collection(&context(), collection(NOTES), Condition::default()).await;
    // Its settings, whether it is empty, before and behind, and its end.
    assert_eq!(removed.expect("it is empty").charge, cost(6, 1));
    fixture.close().await;
}

#[tokio::test]
async fn a_keyed_increment_that_others_overtake_costs_each_try() {
    let setting = Setting::new().await;
    made(&*setting.store).await;
    done(&*setting.store, increment("n", r#"{"":1}"#)).await;
    let (gate, sent) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let (held, counted) = (Arc::clone(&gate), Arc::clone(&sent));
    setting.proxy.decide(move |seen| {
        let first = seen.operation == "TransactWriteItems" && counted.fetch_add(1, Ordering::SeqCst) == 0;
        if first { Mishap::HoldBefore(Arc::clone(&held)) } else { Mishap::None }
    });
    let keyed = increment("n", r#"{"":1}"#).token(fresh_token());
    let store = Arc::clone(&setting.store);
    let keyed = tokio::spawn(async move { charged(&*store, keyed).await });
    until("the transaction", async || sent.load(Ordering::SeqCst) == 1).await;
    let elsewhere = setting.another(&setting.clock).await;
    setting.clock.advance_millis(1);
    done(&*elsewhere, increment("n", r#"{"":1}"#)).await;
    gate.add_permits(1);
    // Twice the key and the number are looked at, and written in a transaction: refused, then done.
    assert_eq!(keyed.await.expect("no write panics").charge, cost(2 * 2 * 2, 2 * 2 * 2));
    setting.emulator.stop();
}

#[tokio::test]
async fn a_list_of_a_thousand_keys_costs_what_its_bytes_cost() {
    let fixture = Fixture::open(Kind::Dynamo).await;
    let store = &*fixture.store;
    let mut bytes = 0;
    for number in 0..1000 {
        let (key, document) = (format!("key-{number:04}"), string_of(100 + number % 50));
        bytes += item_bytes(NOTES, &key, document.len(), false);
        done(store, put(&key, &document)).await;
    }
    let page = store.list(&context(), everything(NOTES)).await.expect("a list");
    assert_eq!(page.value.entries.len(), 1000);
    let units = bytes.div_ceil(4096) as u64;
    // Of what was created it is kept in a byte less that nothing was there before.
    let least = (bytes - 3 * 1000).div_ceil(4096) as u64;
    let charged = page.charge.read_halves;
    assert!((least * 2..=units * 2).contains(&charged), "{charged} halves for {bytes} bytes");
    fixture.close().await;
}
