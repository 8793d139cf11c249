//! Collections and what their settings do.

use reqwest::Method;
use serde_json::json;

use crate::commands::smoke::answer::Broken;
use crate::commands::smoke::cleanup;
use crate::commands::smoke::system::System;
use crate::domain::Kind;

use super::{Step, step};

pub(super) const STEPS: [Step; 7] = [
    step!("collection-create", "a collection is made once, with a default lifetime", create),
    step!(
        "collection-settings",
        "settings are read, replaced under a condition, and gone with DELETE",
        settings
    ),
    step!("collection-list", "the list of collections has those of this run, by name", list),
    step!("collection-not-empty", "a collection with an item in it is not removed", not_empty),
    step!("schema", "a document that its collection's schema forbids is refused, with the place", schema),
    step!("preconditions", "where conditions are required, a write without one is refused", guarded),
    step!("shards", "a sharded collection lists in the order of its keys; its shards stay", sharded),
];

async fn create(system: &System) -> Result<(), Broken> {
    let settings = json!({"default_ttl": 3600}).to_string();
    let made = system.ask(Method::PUT, system.path("items")).header("If-None-Match", "*").json(&settings);
    made.expect(201).await?.etag()?;
    let again = system.ask(Method::PUT, system.path("items")).header("If-None-Match", "*").json(settings);
    again.refused(412, Kind::PreconditionFailed).await.map(|_| ())
}

async fn settings(system: &System) -> Result<(), Broken> {
    let path = system.path("settings");
    let first = system.ask(Method::PUT, &path).json("{}").expect(201).await?.etag()?;
    let read = system.ask(Method::GET, &path).expect(200).await?;
    read.json_has("/name", &json!(system.name("settings")))?;
    read.json_has("/etag", &json!(first))?;
    read.json_has("/default_ttl", &json!(null))?;
    read.has("etag", &first)?;
    system.ask(Method::GET, &path).header("If-None-Match", &first).expect(304).await?;
    let replace = || system.ask(Method::PUT, &path).header("If-Match", &first).json(r#"{"default_ttl":60}"#);
    let second = replace().expect(204).await?.etag()?;
    replace().refused(412, Kind::PreconditionFailed).await?;
    system.ask(Method::GET, &path).expect(200).await?.json_has("/default_ttl", &json!(60))?;
    system
        .ask(Method::DELETE, &path)
        .header("If-Match", &first)
        .refused(412, Kind::PreconditionFailed)
        .await?;
    system.ask(Method::DELETE, &path).header("If-Match", &second).expect(204).await?;
    system.ask(Method::GET, &path).refused(404, Kind::NoSuchCollection).await.map(|_| ())
}

async fn list(system: &System) -> Result<(), Broken> {
    let answer = system.ask(Method::GET, "/v1/collections?limit=1").expect(200).await?;
    let one = answer.json()?["collections"].as_array().map_or(0, Vec::len);
    answer.check(one <= 1, "no more collections than asked for")?;
    let names = cleanup::collections(system).await?;
    answer.check(names.contains(&system.name("items")), "the collection of this run in the list")?;
    answer.check(names.is_sorted(), "collections in the order of their names")
}

async fn not_empty(system: &System) -> Result<(), Broken> {
    system.item(Method::PUT, "in the way").json("1").expect(201).await?;
    system.ask(Method::DELETE, system.path("items")).refused(409, Kind::CollectionNotEmpty).await?;
    system.item(Method::DELETE, "in the way").expect(204).await.map(|_| ())
}

async fn schema(system: &System) -> Result<(), Broken> {
    let schema = json!({"type": "object", "properties": {"age": {"type": "integer", "minimum": 0}}});
    let settings = json!({"schema": schema, "default_ttl": 3600}).to_string();
    system.ask(Method::PUT, system.path("schema")).json(settings).expect(201).await?;
    let item = || system.ask(Method::PUT, format!("{}/items/person", system.path("schema")));
    item().json(r#"{"age":41}"#).expect(201).await?;
    let refused = item().json(r#"{"age":-1}"#).expect(422).await?;
    refused.problem(Kind::SchemaViolation)?;
    refused.json_has("/errors/0/pointer", &json!("/age"))
}

async fn guarded(system: &System) -> Result<(), Broken> {
    let settings = json!({"require_preconditions": true, "default_ttl": 3600}).to_string();
    system.ask(Method::PUT, system.path("guarded")).json(settings).expect(201).await?;
    let item = || system.ask(Method::PUT, format!("{}/items/one", system.path("guarded"))).json("{}");
    item().refused(428, Kind::PreconditionRequired).await?;
    let tag = item().header("If-None-Match", "*").expect(201).await?.etag()?;
    item().header("If-Match", tag).expect(204).await.map(|_| ())
}

async fn sharded(system: &System) -> Result<(), Broken> {
    let path = system.path("sharded");
    let settings = json!({"shards": 4, "default_ttl": 3600}).to_string();
    system.ask(Method::PUT, &path).json(settings).expect(201).await?;
    let keys: Vec<_> = (10..22).map(|number| format!("key-{number}")).collect();
    for key in keys.iter().rev() {
        system.ask(Method::PUT, format!("{path}/items/{key}")).json("1").expect(201).await?;
    }
    let listed = system.ask(Method::GET, format!("{path}/items?fields=keys")).expect(200).await?;
    let page = listed.json()?;
    let entries = page["items"].as_array().cloned().unwrap_or_default();
    let came: Vec<_> = entries.iter().filter_map(|entry| entry["key"].as_str()).collect();
    listed.check(came == keys, "every key once, in order")?;
    system.ask(Method::PUT, &path).json(r#"{"shards":8}"#).refused(409, Kind::Conflict).await.map(|_| ())
}
