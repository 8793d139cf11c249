//! Every way to ask wrongly that we could think of, and the exact answer to each.
//!
//! The tables are data: see `table` for how they are written. With `LARDER_WRITE_TABLES=1` the texts of answers whose
//! status, type and places are as expected are written into the tables, to be read by a person before they are kept.

mod table;
mod titles;

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::environment::number;
use crate::support::servers::{Roles, Server};
use table::Case;

macro_rules! tables {
    ($($name:ident,)*) => {
        const TABLES: &[&str] = &[$(concat!(stringify!($name), ".txt"),)*];
        $(
            #[tokio::test]
            async fn $name() {
                check(concat!(stringify!($name), ".txt")).await;
            }
        )*
    };
}

tables! {
    paths,
    parameters,
    fields,
    media_types,
    documents,
    patches,
    settings,
    batches,
    transactions,
    states,
}

#[test]
fn there_are_enough_cases_and_each_has_a_name_of_its_own() {
    let mut names: Vec<String> = TABLES.iter().flat_map(|name| cases(name)).map(|case| case.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "two cases have the same name");
    assert!(count >= 250, "{count} cases");
}

fn path(table: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/bad_input").join(table)
}

fn cases(table: &str) -> Vec<Case> {
    table::read(&fs::read_to_string(path(table)).expect("a table"))
}

async fn check(table: &str) {
    let (text, cases) = (fs::read_to_string(path(table)).expect("a table"), cases(table));
    let mut written = format!("{}\n", text.lines().next().unwrap_or_default());
    let mut faults = String::new();
    for roles in [Roles::All, Roles::Pair] {
        let server = Server::start(roles).await;
        furnish(&server.client).await;
        for case in &cases {
            let answer = send(&server.client, case).await;
            let outline = outline(&server.client, case, &answer).await;
            if roles == Roles::All {
                let kept = if outline.is_ok() { case.rewritten(&answer) } else { case.text.clone() };
                written.push_str(&format!("\n=== {}\n", kept.trim_end()));
            }
            if let Err(fault) = outline.and(compare(&server.client, case, &answer).await) {
                faults.push_str(&format!("\n{roles:?}: {fault}\n=== {}", case.rewritten(&answer)));
            }
        }
        server.client.get("/v1/collections/notes/items/a").send().await.expect(200);
        server.stop().await;
    }
    if number("LARDER_WRITE_TABLES").is_some() {
        fs::write(path(table), written).expect("the table can be written");
    }
    assert!(faults.is_empty(), "{table}: answers that are not as expected:\n{faults}");
}

async fn send(client: &Client, case: &Case) -> Answer {
    let mut connection = client.connect().await;
    connection.send(case.bytes(client).await).await;
    let answer = if case.request.starts_with("HEAD ") {
        connection.head_answer().await
    } else {
        connection.answer().await
    };
    answer.unwrap_or_else(|| panic!("{}: closed without an answer", case.name))
}

/// Compares all that a person writes by hand: status, type, places, header fields.
async fn outline(client: &Client, case: &Case, answer: &Answer) -> Result<(), String> {
    let document: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    let field = |name: &str| json!(answer.header(name));
    same("status", &json!(answer.status), &json!(case.status))?;
    same("Content-Type", &field("Content-Type"), &json!("application/problem+json"))?;
    same("request_id", &document["request_id"], &field("X-Request-Id"))?;
    let charged = document["instance"].as_str().is_some_and(|path| path == "/v1" || path.starts_with("/v1/"));
    same(
        "whether there is a Request-Charge",
        &json!(answer.header("Request-Charge").is_some()),
        &json!(charged),
    )?;
    for (name, value) in case.headers() {
        let expected = case.filled(value, client).await;
        same(name, &field(name), &json!(expected))?;
    }
    let expected = case.document(client).await;
    same("type", &document["type"], &expected["type"])?;
    if case.status == 400 || expected.get("errors").is_some() {
        same("places", &json!(places(&document)), &json!(places(&expected)))?;
    }
    Ok(())
}

/// Compares the whole document.
async fn compare(client: &Client, case: &Case, answer: &Answer) -> Result<(), String> {
    let mut document: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    document.as_object_mut().and_then(|members| members.remove("request_id"));
    same("document", &document, &case.document(client).await)
}

fn same(what: &str, found: &Value, expected: &Value) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found}, not {expected}")) }
}

/// The entries of `errors` without their texts, in an order of their own.
fn places(document: &Value) -> Vec<String> {
    let errors = document["errors"].as_array().cloned().unwrap_or_default();
    let place = |mut entry: Value| {
        entry.as_object_mut().map(|members| members.remove("detail"));
        entry.to_string()
    };
    let mut places: Vec<String> = errors.into_iter().map(place).collect();
    places.sort_unstable();
    places
}

/// What the cases find when they come.
async fn furnish(client: &Client) {
    let collections = [
        ("notes", "{}"),
        ("empty", "{}"),
        ("guarded", r#"{"require_preconditions":true}"#),
        ("sharded", r#"{"shards":2}"#),
        ("strict", r#"{"schema":{"type":"object","required":["n"],"properties":{"n":{"type":"number"}}}}"#),
    ];
    for (name, settings) in collections {
        client.put(&format!("/v1/collections/{name}"), settings).send().await.expect(201);
    }
    let items = [
        ("notes/items/a", r#"{"n":1,"s":"x","list":[1,2],"deep":{"m":1}}"#),
        ("notes/items/b", "2"),
        ("notes/items/c", "\"text\""),
        ("strict/items/a", r#"{"n":1}"#),
    ];
    for (path, document) in items {
        client.put(&format!("/v1/collections/{path}"), document).send().await.expect(201);
    }
    let guarded = client.put("/v1/collections/guarded/items/a", "1").header("If-None-Match", "*");
    guarded.send().await.expect(201);
    let nested = format!("{}{}", "[".repeat(64), "]".repeat(64));
    client.put("/v1/collections/notes/items/nested", nested).send().await.expect(201);
    let large = format!("\"{}\"", "x".repeat(390 * 1024 - 2));
    client.put("/v1/collections/notes/items/large", large).send().await.expect(201);
    let keyed = client.put("/v1/collections/notes/items/keyed", "1").header("Idempotency-Key", "first");
    keyed.send().await.expect(201);
    let increment = client.patch("/v1/collections/notes/items/counted", "vnd.larder.increment", r#"{"":1}"#);
    increment.header("Idempotency-Key", "counted").send().await.expect(201);
    let transaction = r#"{"ops":[{"op":"put","collection":"notes","key":"t","value":1}]}"#;
    let keyed = client.post("/v1/transactions", transaction).header("Idempotency-Key", "together");
    keyed.send().await.expect(200);
}
