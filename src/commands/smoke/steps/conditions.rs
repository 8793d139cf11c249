//! Conditional requests: reads that have nothing new to tell, and writes that expect a state.

use reqwest::Method;
use serde_json::json;

use crate::commands::smoke::answer::Broken;
use crate::commands::smoke::system::System;
use crate::domain::Kind;

use super::{Step, step};

const LONG_AGO: &str = "Mon, 01 Jan 2001 00:00:00 GMT";

pub(super) const STEPS: [Step; 3] = [
    step!("not-modified", "a read of what the caller has is 304, with the tag and no body", not_modified),
    step!(
        "if-match",
        "a write over another version is 412, says the current one, and changes nothing",
        if_match
    ),
    step!("if-unmodified-since", "dates are conditions too", dates),
];

async fn not_modified(system: &System) -> Result<(), Broken> {
    let put = |body: &'static str| system.item(Method::PUT, "conditions/read").json(body);
    let tag = put("1").expect(201).await?.etag()?;
    for method in [Method::GET, Method::HEAD] {
        let read = system.item(method, "conditions/read").header("If-None-Match", &tag).expect(304).await?;
        read.has("etag", &tag)?;
        read.body_is("")?;
    }
    put("2").expect(204).await?;
    let read = system.item(Method::GET, "conditions/read").header("If-None-Match", tag).expect(200).await?;
    read.body_is("2")
}

async fn if_match(system: &System) -> Result<(), Broken> {
    let put = |body: &'static str| system.item(Method::PUT, "conditions/write").json(body);
    let first = put("1").expect(201).await?.etag()?;
    let second = put("2").header("If-Match", &first).expect(204).await?.etag()?;
    let refused =
        put("3").header("If-Match", &first).header("Prefer", "return=representation").expect(412).await?;
    refused.problem(Kind::PreconditionFailed)?;
    refused.has("etag", &second)?;
    refused.json_has("/current_etag", &json!(second))?;
    refused.json_has("/current", &json!(2))?;
    let delete = || system.item(Method::DELETE, "conditions/write");
    delete().header("If-Match", first).refused(412, Kind::PreconditionFailed).await?;
    system.item(Method::GET, "conditions/write").expect(200).await?.body_is("2")?;
    delete().header("If-Match", second).expect(204).await?;
    put("4").header("If-Match", "*").refused(412, Kind::PreconditionFailed).await.map(|_| ())
}

async fn dates(system: &System) -> Result<(), Broken> {
    let item = |method| system.item(method, "conditions/dates");
    let made = item(Method::PUT).json("1").expect(201).await?;
    let modified = made.header("last-modified")?;
    item(Method::GET).header("If-Modified-Since", modified).expect(304).await?;
    item(Method::GET).header("If-Modified-Since", LONG_AGO).expect(200).await?;
    let refused = item(Method::PUT).json("2").header("If-Unmodified-Since", LONG_AGO);
    refused.refused(412, Kind::PreconditionFailed).await?;
    item(Method::PUT).json("2").header("If-Unmodified-Since", modified).expect(204).await.map(|_| ())
}
