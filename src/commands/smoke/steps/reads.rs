//! Reading one item: bytes, consistency, and compression.

use reqwest::Method;
use serde_json::json;

use crate::commands::smoke::answer::Broken;
use crate::commands::smoke::system::System;
use crate::domain::Kind;

use super::items::DOCUMENT;
use super::{Step, step};

pub(super) const STEPS: [Step; 3] = [
    step!("item-read", "GET returns byte for byte what was put, and HEAD the same without the body", read),
    step!(
        "consistency",
        "reads say how recent they are, and Min-Version sees the version that it names",
        consistency
    ),
    step!(
        "compression",
        "a large document comes compressed when asked for, with a tag that comes back",
        compression
    ),
];

async fn read(system: &System) -> Result<(), Broken> {
    let tag = system.item(Method::PUT, "reads/read").json(DOCUMENT).expect(201).await?.etag()?;
    let got = system.item(Method::GET, "reads/read").expect(200).await?;
    got.body_is(DOCUMENT)?;
    got.has("content-type", "application/json")?;
    got.has("etag", &tag)?;
    got.has("cache-control", "private, no-cache")?;
    let head = system.item(Method::HEAD, "reads/read").expect(200).await?;
    head.body_is("")?;
    head.has("content-length", &DOCUMENT.len().to_string())?;
    for name in ["content-type", "etag", "last-modified", "sunset", "cache-control"] {
        head.has(name, got.header(name)?)?;
    }
    system.item(Method::GET, "reads/absent").refused(404, Kind::NoSuchItem).await.map(|_| ())
}

async fn consistency(system: &System) -> Result<(), Broken> {
    let put = |body: String| system.item(Method::PUT, "reads/recent").json(body);
    put("0".into()).expect(201).await?;
    system.item(Method::GET, "reads/recent").expect(200).await?.has("consistency", "strong")?;
    let eventual =
        || system.ask(Method::GET, format!("{}?consistency=eventual", system.item_path("reads/recent")));
    eventual().expect(200).await?.has("consistency", "eventual")?;
    for number in 1..4 {
        let tag = put(number.to_string()).expect(204).await?.etag()?;
        let read = system.item(Method::GET, "reads/recent").header("Min-Version", tag).expect(200).await?;
        read.body_is(number.to_string())?;
    }
    eventual().header("Min-Version", "\"not ours\"").refused(400, Kind::InvalidHeader).await.map(|_| ())
}

async fn compression(system: &System) -> Result<(), Broken> {
    let text = json!({"text": "larder ".repeat(400)}).to_string();
    let tag = system.item(Method::PUT, "reads/large").json(&text).expect(201).await?.etag()?;
    let plain = system.item(Method::GET, "reads/large").expect(200).await?;
    plain.has("etag", &tag)?;
    plain.body_is(&text)?;
    let get = || system.item(Method::GET, "reads/large").header("Accept-Encoding", "gzip");
    let packed = get().expect(200).await?;
    packed.has("content-encoding", "gzip")?;
    packed.check(packed.body.len() < text.len(), "fewer bytes than the document has")?;
    let packed_tag = packed.etag()?;
    packed.check(
        packed_tag == format!("\"{}-gzip\"", tag.trim_matches('"')),
        "the same tag, ending in -gzip",
    )?;
    get().header("If-None-Match", &packed_tag).expect(304).await?;
    system
        .item(Method::PUT, "reads/large")
        .header("If-Match", packed_tag)
        .json("1")
        .expect(204)
        .await
        .map(|_| ())
}
