//! Export and import: a collection as lines, there and back.

use reqwest::Method;
use serde_json::{Value, json};

use crate::commands::smoke::answer::{Answer, Broken};
use crate::commands::smoke::system::System;

use super::{Step, step};

const LINES: &str = "application/x-ndjson";

pub(super) const STEPS: [Step; 2] = [
    step!("import", "each line of an import is done or refused on its own, with its number", import),
    step!("export", "an export into another collection is the same items, to the byte", export),
];

async fn import(system: &System) -> Result<(), Broken> {
    let lines = [
        r#"{"op":"put","key":"streams/a","value":{"n": 1.0}}"#,
        "",
        r#"{"op":"put","key":"streams/b","value":[1, 2],"ttl":600}"#,
        r#"{"op":"explode","key":"streams/c"}"#,
        r#"{"op":"put","key":"streams/d","value":"gone"}"#,
    ];
    let answer = send(system, "items", lines.join("\r\n")).await?;
    for (name, number) in [("/written", 3), ("/failed", 1), ("/errors/0/line", 4)] {
        answer.json_has(name, &json!(number))?;
    }
    let answer = send(system, "items", r#"{"op":"delete","key":"streams/d"}"#.to_owned()).await?;
    answer.json_has("/written", &json!(1))?;
    system.item(Method::GET, "streams/a").expect(200).await?.body_is(r#"{"n": 1.0}"#)?;
    system.item(Method::GET, "streams/d").expect(404).await.map(|_| ())
}

async fn export(system: &System) -> Result<(), Broken> {
    let first = exported(system, "items").await?;
    let text = String::from_utf8_lossy(&first.body).into_owned();
    let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let keys: Vec<_> = lines.iter().map(|line| line["key"].as_str().unwrap_or_default()).collect();
    first.check(keys == ["streams/a", "streams/b"], "a line for each key, in order")?;
    first.check(text.contains(r#""value":{"n": 1.0}"#), "documents to the byte")?;
    let sent = send(system, "copy", text).await?;
    sent.json_has("/written", &json!(2))?;
    let second = exported(system, "copy").await?;
    first.check(without_tags(&second) == without_tags(&first), "the same lines from the copy")
}

async fn send(system: &System, purpose: &str, lines: String) -> Result<Answer, Broken> {
    system.ask(Method::POST, format!("{}/import", system.path(purpose))).body(LINES, lines).expect(200).await
}

async fn exported(system: &System, purpose: &str) -> Result<Answer, Broken> {
    let target = format!("{}/export?prefix=streams/", system.path(purpose));
    let answer = system.ask(Method::GET, target).expect(200).await?;
    answer.has("content-type", LINES)?;
    Ok(answer)
}

/// Lines without what differs between an item and its copy.
fn without_tags(answer: &Answer) -> Vec<Value> {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let mut lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    for line in lines.iter_mut().filter_map(Value::as_object_mut) {
        line.remove("etag");
    }
    lines
}
