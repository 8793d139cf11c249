//! DynamoDB's answers for want of capacity, replayed: told apart, passed on, and not made worse by repeating.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use larder::domain::{Context, Kind, RequestId};
use larder::store::dynamo::Options;
use larder::store::engine;
use serde_json::{Value, json};

use crate::conformance::ask::{done, put, text};
use crate::support::clock::TestClock;
use crate::support::cluster::Plan;
use crate::support::dynamo::{self, Emulator};
use crate::support::mishaps::{Mishap, Proxy};

/// The answer of DynamoDB for one reason.
pub fn refusal(reason: &str) -> String {
    let table = "arn:aws:dynamodb:eu-central-1:123456789012:table/larder";
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "message": "The level of configured provisioned throughput for the table was exceeded.",
        "ThrottlingReasons": [{"reason": reason, "resource": table}],
    })
    .to_string()
}

const WRITES: [&str; 4] = ["PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"];

#[tokio::test]
async fn the_caller_is_told_whose_limit_it_is_and_reads_go_on() {
    let emulator = Emulator::start().await;
    let proxy = Proxy::start(emulator.address).await;
    let table = emulator.table().await;
    let cluster = Plan::all()
        .set("store.backend", "dynamodb")
        .set("store.dynamodb.endpoint", &format!("http://{}", proxy.address))
        .set("store.dynamodb.table", &table.table)
        .set("store.dynamodb.attempt_timeout", "10s")
        .set("http.deadline", "2s")
        .start()
        .await;
    let client = reqwest::Client::new();
    let item = format!("{}/v1/collections/notes/items/a", cluster.url());
    let written = client.put(&item).body("1").send().await.expect("an answer");
    assert_eq!(written.status(), 201);
    let cases = [
        ("TableWriteKeyRangeThroughputExceeded", "hot-key"),
        ("TableWriteProvisionedThroughputExceeded", "table"),
        ("TableWriteMaxOnDemandThroughputExceeded", "table"),
        ("TableWriteAccountLimitExceeded", "account"),
    ];
    for (reason, word) in cases {
        let body = refusal(reason);
        proxy.decide(move |seen| {
            if WRITES.contains(&seen.operation) { Mishap::Refused(body.clone()) } else { Mishap::None }
        });
        let refused = refused(&client, &item).await;
        assert_eq!(refused.status(), 503);
        assert_eq!(refused.headers()["retry-after"], "1");
        let problem = refused.bytes().await.expect("a body");
        let problem: Value = serde_json::from_slice(&problem).expect("JSON");
        assert_eq!((&problem["type"], &problem["reason"]), (&json!("/problems/throttled"), &json!(word)));
        let read = client.get(&item).send().await.expect("an answer");
        assert_eq!((read.status().as_u16(), read.text().await.expect("a body")), (200, "1".to_owned()));
    }
    // Reads are repeated by the SDK, which tells nobody of those that were refused before.
    let (body, asked) = (refusal("TableReadProvisionedThroughputExceeded"), AtomicUsize::new(0));
    proxy.decide(move |seen| {
        let refused = seen.operation == "GetItem" && asked.fetch_add(1, Ordering::SeqCst) < 2;
        if refused { Mishap::Refused(body.clone()) } else { Mishap::None }
    });
    assert_eq!(client.get(&item).send().await.expect("an answer").status(), 200);
    let metrics = reqwest::get(format!("{}/metrics", cluster.admin_url())).await.expect("metrics");
    let metrics = metrics.text().await.expect("a body");
    let reads = "dynamodb_throttled_requests_total{operation=\"GetItem\",reason=\"table\"} ";
    let count = metrics.lines().find_map(|said| said.strip_prefix(reads)).expect("a counter");
    assert_eq!(count, "2");
    for word in ["hot-key", "table", "account"] {
        let line =
            format!("dynamodb_throttled_requests_total{{operation=\"UpdateItem\",reason=\"{word}\"}} ");
        let count = metrics.lines().find_map(|said| said.strip_prefix(&line)).expect("a counter");
        assert_ne!(count, "0", "{word}");
    }
    cluster.stop().await;
    emulator.stop();
}

/// The answer to a write that DynamoDB refuses each time. The last try may be cut by the deadline, where the machine is
/// busy; what became of it is then unknown, rightly, and it is asked again.
async fn refused(client: &reqwest::Client, item: &str) -> reqwest::Response {
    for _ in 0..5 {
        let answer = client.put(item).body("2").send().await.expect("an answer");
        if answer.status() != 504 {
            return answer;
        }
    }
    panic!("five writes in a row were cut by their deadline");
}

#[tokio::test]
async fn repetitions_do_not_become_the_load() {
    const CALLERS: usize = 400;
    let emulator = Emulator::start().await;
    let proxy = Proxy::start(emulator.address).await;
    let options = Options { endpoint: Some(format!("http://{}", proxy.address)), ..emulator.table().await };
    let clock = Arc::new(TestClock::new());
    let store = dynamo::store(options, &clock, engine::Options { auto_create: true }).await;
    done(&*store, put("a", "1")).await;
    let refused = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&refused);
    proxy.decide(move |seen| {
        if WRITES.contains(&seen.operation) {
            count.fetch_add(1, Ordering::SeqCst);
            Mishap::Refused(refusal("TableWriteProvisionedThroughputExceeded"))
        } else {
            Mishap::None
        }
    });
    let context = || {
        let request_id = RequestId::parse("throttled").expect("visible characters");
        Context::new(request_id, Instant::now() + Duration::from_secs(60))
    };
    for _ in 0..4 {
        let writes = (0..CALLERS / 4).map(|_| async { store.write(&context(), put("a", "2")).await });
        for outcome in join_all(writes).await {
            assert_eq!(outcome.expect_err("nothing gets through").kind(), Kind::Throttled);
        }
    }
    let calls = refused.load(Ordering::SeqCst);
    assert!(calls >= CALLERS, "each was tried");
    assert!(calls <= CALLERS + CALLERS / 5 + 100, "{calls} calls for {CALLERS} writes");
    proxy.decide(|_| Mishap::None);
    assert_eq!(text(&*store, "a").await.as_deref(), Some("1"), "nothing of it was done");
    done(&*store, put("a", "3")).await;
    emulator.stop();
}
