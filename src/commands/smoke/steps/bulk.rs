//! Several operations in one request: batches, transactions, snapshots.

use reqwest::Method;
use serde_json::{Value, json};

use crate::commands::smoke::answer::{Answer, Broken};
use crate::commands::smoke::system::System;
use crate::domain::Kind;

use super::{Step, step};

pub(super) const STEPS: [Step; 5] = [
    step!("batch", "each operation of a batch has the status that it would have alone", batch),
    step!("transaction", "a transaction does all of its operations", transaction),
    step!("transaction-refused", "a transaction with a failed condition does nothing, and names it", refused),
    step!("snapshot", "a transaction of reads shows items as they are at one moment", snapshot),
    step!("bulk-grammar", "a fault in the grammar refuses the whole, with the place", grammar),
];

async fn batch(system: &System) -> Result<(), Broken> {
    for key in ["bulk/get", "bulk/patch", "bulk/delete"] {
        system.item(Method::PUT, key).json(r#"{"n":1}"#).expect(201).await?;
    }
    let ops = json!([
        {"op": "put", "key": "bulk/put", "value": [1], "ttl": 60},
        {"op": "put", "key": "bulk/get2", "value": 1, "if_match": "*"},
        {"op": "get", "key": "bulk/get"},
        {"op": "get", "key": "bulk/absent"},
        {"op": "patch", "key": "bulk/patch", "merge": {"m": 2}},
        {"op": "increment", "key": "bulk/increment", "by": {"/n": 3}},
        {"op": "delete", "key": "bulk/delete"},
        {"op": "delete", "key": "bulk/absent2"},
    ]);
    let target = format!("{}/batch", system.path("items"));
    let answer = system.ask(Method::POST, target).json(json!({ "ops": ops }).to_string()).expect(200).await?;
    statuses(&answer, &[201, 412, 200, 404, 204, 201, 204, 404])?;
    answer.json_has("/results/1/problem/type", &json!("/problems/precondition-failed"))?;
    answer.json_has("/results/2/value", &json!({"n": 1}))?;
    system.item(Method::GET, "bulk/patch").expect(200).await?.body_is(r#"{"n":1,"m":2}"#)?;
    system.item(Method::GET, "bulk/delete").refused(404, Kind::NoSuchItem).await.map(|_| ())
}

async fn transaction(system: &System) -> Result<(), Broken> {
    let check = system.item(Method::PUT, "bulk/check").json("1").expect(201).await?.etag()?;
    system.item(Method::PUT, "bulk/total").json("40").expect(201).await?;
    system.item(Method::PUT, "bulk/cart").json("{}").expect(201).await?;
    let answer = transact(
        system,
        vec![
            json!({"op": "check", "key": "bulk/check", "if_match": check}),
            json!({"op": "put", "key": "bulk/order", "value": {"id": 1}, "if_none_match": "*", "ttl": 60}),
            json!({"op": "increment", "key": "bulk/total", "by": {"": 2}}),
            json!({"op": "delete", "key": "bulk/cart"}),
        ],
    );
    let answer = answer.await?.status(200)?;
    statuses(&answer, &[200, 201, 200, 204])?;
    let order = system.item(Method::GET, "bulk/order").expect(200).await?;
    answer.json_has("/results/1/etag", &json!(order.etag()?))?;
    order.body_is(r#"{"id":1}"#)?;
    system.item(Method::GET, "bulk/total").expect(200).await?.body_is("42")?;
    system.item(Method::GET, "bulk/cart").refused(404, Kind::NoSuchItem).await.map(|_| ())
}

async fn refused(system: &System) -> Result<(), Broken> {
    let tag = system.item(Method::PUT, "bulk/taken").json("1").expect(201).await?.etag()?;
    let answer = transact(
        system,
        vec![
            json!({"op": "put", "key": "bulk/never", "value": 1}),
            json!({"op": "put", "key": "bulk/taken", "value": 2, "if_none_match": "*"}),
        ],
    );
    let answer = answer.await?.status(412)?;
    answer.problem(Kind::TransactionPrecondition)?;
    for (member, value) in [("op", json!(1)), ("status", json!(412)), ("etag", json!(tag))] {
        answer.json_has(&format!("/failures/0/{member}"), &value)?;
    }
    answer.json_has("/failures/1", &Value::Null)?;
    system.item(Method::GET, "bulk/taken").expect(200).await?.body_is("1")?;
    system.item(Method::GET, "bulk/never").refused(404, Kind::NoSuchItem).await.map(|_| ())
}

async fn snapshot(system: &System) -> Result<(), Broken> {
    let tag = system.item(Method::PUT, "bulk/left").json(r#"{"side":"left"}"#).expect(201).await?.etag()?;
    system.item(Method::PUT, "bulk/right").json("1.50").expect(201).await?;
    let gets = ["bulk/left", "bulk/nowhere", "bulk/right"].map(|key| json!({"op": "get", "key": key}));
    let answer = transact(system, gets.to_vec()).await?.status(200)?;
    statuses(&answer, &[200, 404, 200])?;
    answer.json_has("/results/0/value", &json!({"side": "left"}))?;
    answer.json_has("/results/0/etag", &json!(tag))
}

async fn grammar(system: &System) -> Result<(), Broken> {
    let twice = ["bulk/twice", "bulk/twice"].map(|key| json!({"op": "put", "key": key, "value": 1}));
    let answer = transact(system, twice.to_vec()).await?.status(400)?;
    answer.problem(Kind::InvalidOperation)?;
    answer.json_has("/errors/0/pointer", &json!("/ops/1/key"))?;
    let mixed = [json!({"op": "get", "key": "bulk/a"}), json!({"op": "delete", "key": "bulk/b"})];
    transact(system, mixed.to_vec()).await?.status(400)?.problem(Kind::InvalidOperation).map(|_| ())
}

/// Sends operations over the run's main collection as a transaction.
async fn transact(system: &System, mut ops: Vec<Value>) -> Result<Answer, Broken> {
    for op in &mut ops {
        op["collection"] = json!(system.name("items"));
    }
    system.ask(Method::POST, "/v1/transactions").json(json!({ "ops": ops }).to_string()).send().await
}

fn statuses(answer: &Answer, expected: &[u16]) -> Result<(), Broken> {
    let results = answer.json()?["results"].as_array().cloned().unwrap_or_default();
    let came: Vec<_> = results.iter().map(|result| result["status"].as_u64().unwrap_or_default()).collect();
    let same = came.iter().copied().eq(expected.iter().map(|status| u64::from(*status)));
    answer.check(same, format!("the statuses {expected:?}, but they were {came:?}"))
}
