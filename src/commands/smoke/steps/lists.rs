//! Lists: order, ranges, prefixes and pages.

use reqwest::Method;
use serde_json::{Value, json};

use crate::commands::client::encode;
use crate::commands::smoke::answer::Broken;
use crate::commands::smoke::system::System;
use crate::domain::Kind;

use super::{Step, step};

const KEYS: [&str; 6] = ["lists/a", "lists/b/1", "lists/b/2", "lists/c", "lists/d/e/1", "lists/é"];

pub(super) const STEPS: [Step; 5] = [
    step!("list", "a list has keys in order, with tag, times and value, or keys alone", list),
    step!("list-range", "start, end and reverse choose among the keys", range),
    step!("list-pages", "a walk by cursor sees every key once; a cursor belongs to its query", pages),
    step!("list-delimiter", "a delimiter folds what lies deeper into prefixes", delimiter),
    step!("list-misspelt", "an unknown parameter is refused, and does not scan the collection", misspelt),
];

async fn list(system: &System) -> Result<(), Broken> {
    for key in KEYS.iter().rev() {
        system.item(Method::PUT, key).json(json!({"is": key}).to_string()).expect(201).await?;
    }
    let answer = system.ask(Method::GET, query(system, "")).expect(200).await?;
    let page = answer.json()?;
    answer.check(keys(&page) == KEYS, "the keys in the order of their bytes")?;
    answer.json_has("/items/0/value", &json!({"is": KEYS[0]}))?;
    let first = &page["items"][0];
    let item = system.item(Method::GET, KEYS[0]).expect(200).await?;
    answer.json_has("/items/0/etag", &json!(item.etag()?))?;
    answer.check(first["modified"].is_string() && first["expires"].is_string(), "times in the entries")?;
    let bare = system.ask(Method::GET, query(system, "&fields=keys")).expect(200).await?;
    bare.check(keys(&bare.json()?) == KEYS, "the same keys")?;
    bare.json_has("/items/0/value", &Value::Null)
}

async fn range(system: &System) -> Result<(), Broken> {
    for (extra, expected) in [
        ("&start=lists/b/2", &KEYS[2..]),
        ("&start=lists/b&end=lists/c", &KEYS[1..3]),
        ("&start=lists/c&end=lists/c", &[]),
    ] {
        let answer = system.ask(Method::GET, query(system, extra)).expect(200).await?;
        answer.check(keys(&answer.json()?) == expected, format!("the keys {expected:?}"))?;
    }
    let answer = system.ask(Method::GET, query(system, "&reverse=true&start=lists/b")).expect(200).await?;
    let mut page = keys(&answer.json()?);
    page.reverse();
    answer.check(page == KEYS[1..], "the same keys from the greatest down")
}

async fn pages(system: &System) -> Result<(), Broken> {
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let extra = cursor.iter().map(|cursor| format!("&cursor={}", encode(cursor))).collect::<String>();
        let answer = system.ask(Method::GET, query(system, &format!("&limit=2{extra}"))).expect(200).await?;
        let page = answer.json()?;
        answer.check(keys(&page).len() <= 2, "no more entries than asked for")?;
        seen.extend(keys(&page));
        match page["next"].as_str() {
            Some(next) => {
                let link = answer.header("link")?;
                answer.check(link.contains("rel=\"next\""), "a link to the next page")?;
                cursor = Some(next.to_owned());
            }
            None => {
                answer.check(seen == KEYS, "every key once in the walk")?;
                break;
            }
        }
    }
    let other =
        format!("{}/items?limit=2&cursor={}", system.path("items"), encode(&cursor.unwrap_or_default()));
    system.ask(Method::GET, other).refused(400, Kind::InvalidCursor).await.map(|_| ())
}

async fn delimiter(system: &System) -> Result<(), Broken> {
    let answer = system.ask(Method::GET, query(system, "&delimiter=/")).expect(200).await?;
    answer
        .check(keys(&answer.json()?) == ["lists/a", "lists/c", "lists/é"], "only keys of the first level")?;
    answer.json_has("/prefixes", &json!(["lists/b/", "lists/d/"]))
}

async fn misspelt(system: &System) -> Result<(), Broken> {
    let answer = system.ask(Method::GET, query(system, "&limt=10")).expect(400).await?;
    answer.problem(Kind::InvalidParameter)?;
    answer.json_has("/errors/0/parameter", &json!("limt"))
}

fn query(system: &System, extra: &str) -> String {
    format!("{}/items?prefix=lists/{extra}", system.path("items"))
}

fn keys(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().map_or(&[][..], Vec::as_slice);
    items.iter().filter_map(|item| item["key"].as_str()).map(str::to_owned).collect()
}
