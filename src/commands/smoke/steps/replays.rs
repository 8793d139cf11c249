//! Requests that are sent twice with the same key are done once.

use reqwest::Method;

use crate::commands::smoke::answer::{Answer, Broken};
use crate::commands::smoke::system::System;
use crate::domain::Kind;

use super::patches::INCREMENT;
use super::{Step, step};

pub(super) const STEPS: [Step; 4] = [
    step!("replay-put", "a repeated PUT with a key gives its first answer again", put),
    step!("replay-post", "a repeated POST with a key stores one item", post),
    step!("replay-increment", "a repeated increment with a key counts once", increment),
    step!("replay-transaction", "a repeated transaction with a key happens once", transaction),
];

/// Both must say the same of what was written.
fn same(first: &Answer, second: &Answer) -> Result<(), Broken> {
    second.check(second.status == first.status, format!("status {} once more", first.status))?;
    second.has("etag", first.header("etag")?)?;
    match first.headers.get("location") {
        Some(_) => second.has("location", first.header("location")?),
        None => Ok(()),
    }
}

async fn put(system: &System) -> Result<(), Broken> {
    let put = |body: &'static str| {
        system.item(Method::PUT, "replays/put").header("Idempotency-Key", "one").json(body)
    };
    let first = put("1").expect(201).await?;
    same(&first, &put("1").send().await?)?;
    put("2").refused(422, Kind::IdempotencyKeyReused).await.map(|_| ())
}

async fn post(system: &System) -> Result<(), Broken> {
    let post = |body: &'static str| {
        let ask = system.ask(Method::POST, format!("{}/items", system.path("items")));
        ask.header("Idempotency-Key", "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"").json(body)
    };
    let first = post("1").expect(201).await?;
    same(&first, &post("1").send().await?)?;
    post("2").refused(422, Kind::IdempotencyKeyReused).await.map(|_| ())
}

async fn increment(system: &System) -> Result<(), Broken> {
    let add = |body: &'static str| {
        let ask = system.item(Method::PATCH, "replays/increment").header("Idempotency-Key", "one");
        ask.body(INCREMENT, body)
    };
    system.item(Method::PUT, "replays/increment").json("0").expect(201).await?;
    let first = add(r#"{"":1}"#).expect(204).await?;
    same(&first, &add(r#"{"":1}"#).send().await?)?;
    add(r#"{"":2}"#).refused(422, Kind::IdempotencyKeyReused).await?;
    system.item(Method::GET, "replays/increment").expect(200).await?.body_is("1")
}

async fn transaction(system: &System) -> Result<(), Broken> {
    let collection = system.name("items");
    let transact = |by: u8| {
        let op = serde_json::json!({"op": "increment", "collection": collection, "key": "replays/transaction", "by": {"": by}});
        let body = serde_json::json!({ "ops": [op] }).to_string();
        // The key of a transaction belongs to no collection, so it carries the name of one of this run's.
        system.ask(Method::POST, "/v1/transactions").header("Idempotency-Key", collection.as_str()).json(body)
    };
    system.item(Method::PUT, "replays/transaction").json("0").expect(201).await?;
    let first = transact(1).expect(200).await?;
    transact(1).expect(200).await?.body_is(&first.body)?;
    transact(2).refused(422, Kind::IdempotencyKeyReused).await?;
    system.item(Method::GET, "replays/transaction").expect(200).await?.body_is("1")
}
