//! The three kinds of patches.

use reqwest::Method;

use crate::commands::smoke::answer::Broken;
use crate::commands::smoke::ask::Ask;
use crate::commands::smoke::system::System;
use crate::domain::Kind;

use super::{Step, step};

const MERGE: &str = "application/merge-patch+json";
const JSON: &str = "application/json-patch+json";
pub(super) const INCREMENT: &str = "application/vnd.larder.increment+json";

/// Increments that run at once.
const TOGETHER: usize = 8;

pub(super) const STEPS: [Step; 4] = [
    step!("merge-patch", "a merge patch changes what it names, and never makes an item", merge),
    step!("json-patch", "a JSON patch is applied whole, or, where a test in it fails, not at all", json),
    step!("increment", "increments make items and members, and refuse what is no number", increment),
    step!("increment-together", "increments that run at once are all counted", together),
];

fn patch<'a>(system: &'a System, key: &str, media: &str, body: &'static str) -> Ask<'a> {
    system.item(Method::PATCH, key).body(media, body)
}

async fn merge(system: &System) -> Result<(), Broken> {
    let merge = |body| patch(system, "patches/merge", MERGE, body);
    merge("{}").refused(404, Kind::NoSuchItem).await?;
    system.item(Method::PUT, "patches/merge").json(r#"{"a":1,"b":{"c":2,"d":3}}"#).expect(201).await?;
    let shown =
        merge(r#"{"b":{"c":null},"e":[4]}"#).header("Prefer", "return=representation").expect(200).await?;
    shown.body_is(r#"{"a":1,"b":{"d":3},"e":[4]}"#)?;
    merge(r#"{"a":5}"#).header("If-Match", shown.etag()?).expect(204).await?.body_is("")?;
    let refused = patch(system, "patches/merge", "text/plain", "{}").expect(415).await?;
    refused.problem(Kind::UnsupportedMediaType)?;
    refused.header("accept-patch").map(|_| ())
}

async fn json(system: &System) -> Result<(), Broken> {
    let json = |body| patch(system, "patches/json", JSON, body);
    system.item(Method::PUT, "patches/json").json(r#"{"list":[1,2],"old":true}"#).expect(201).await?;
    json(r#"[{"op":"test","path":"/old","value":true},{"op":"add","path":"/list/-","value":3},{"op":"remove","path":"/old"}]"#)
        .expect(204)
        .await?;
    let failing = r#"[{"op":"add","path":"/new","value":1},{"op":"test","path":"/list/0","value":9}]"#;
    json(failing).refused(409, Kind::Conflict).await?;
    json(r#"[{"op":"explode","path":"/list"}]"#).refused(400, Kind::InvalidPatch).await?;
    system.item(Method::GET, "patches/json").expect(200).await?.body_is(r#"{"list":[1,2,3]}"#)
}

async fn increment(system: &System) -> Result<(), Broken> {
    let add = |key: &str, body| patch(system, key, INCREMENT, body);
    let made = add("patches/number", r#"{"":2.5}"#).expect(201).await?;
    made.has("location", &system.item_path("patches/number"))?;
    add("patches/number", r#"{"":0.1}"#).expect(204).await?;
    system.item(Method::GET, "patches/number").expect(200).await?.body_is("2.6")?;
    system.item(Method::PUT, "patches/counts").json(r#"{"views":9,"name":"x"}"#).expect(201).await?;
    add("patches/counts", r#"{"/views":1,"/likes":-2}"#).expect(204).await?;
    add("patches/counts", r#"{"/name":1}"#).refused(409, Kind::Conflict).await?;
    add("patches/counts", r#"{"/views":"1"}"#).refused(400, Kind::InvalidPatch).await?;
    let read = system.item(Method::GET, "patches/counts").expect(200).await?;
    read.body_is(r#"{"views":10,"name":"x","likes":-2}"#)
}

async fn together(system: &System) -> Result<(), Broken> {
    let one = || patch(system, "patches/together", INCREMENT, r#"{"/count":1}"#).send();
    system.item(Method::PUT, "patches/together").json("{}").expect(201).await?;
    for answer in futures_util::future::join_all((0..TOGETHER).map(|_| one())).await {
        answer?.status(204)?;
    }
    system
        .item(Method::GET, "patches/together")
        .expect(200)
        .await?
        .body_is(format!(r#"{{"count":{TOGETHER}}}"#))
}
