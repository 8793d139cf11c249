//! Batches and transactions.

use serde_json::{Value, json};

use crate::domain::{Kind, limits};
use crate::http::names::JSON;

use super::operation::{Operation, operation, schema};
use super::parameters::{COLLECTION, KEY};
use super::schemas::object;

const DONE: [&str; 2] = ["Request-Charge!", "X-Request-Id!"];

pub(super) fn all() -> Vec<Operation> {
    vec![batch(), transaction()]
}

fn batch() -> Operation {
    let text = "Do many operations, each on its own\n\nEach gets exactly the status that it would get as a \
                request, in order. No two may be about one item.";
    let example = json!({"ops": [
        {"op": "get", "key": "a"}, {"op": "put", "key": "b", "value": {"n": 1}, "ttl": 3600},
        {"op": "patch", "key": "c", "merge": {"n": 2}}, {"op": "increment", "key": "d", "by": {"": 1}}
    ]});
    operation("post", "/v1/collections/{collection}/batch", "Bulk", "batch", text)
        .body("At most 100 operations, 8 MiB.", vec![(JSON, ops(batch_ops()), example)])
        .answers(200, "A result for each operation, in order.", &DONE, Some((JSON, results(batch_result()))))
        .fails(&[Kind::MalformedJson, Kind::InvalidOperation, Kind::TooLarge])
        .fails_as_all()
        .done()
}

fn transaction() -> Operation {
    let text = "Do many operations together, or none\n\nOver any collections, one operation an item. Only \
                gets make a consistent snapshot; gets and others don't mix.";
    let example = json!({"ops": [
        {"op": "check", "collection": "accounts", "key": "a", "if_match": "*"},
        {"op": "put", "collection": "orders", "key": "o1", "value": {}, "if_none_match": "*", "ttl": 3600},
        {"op": "increment", "collection": "stats", "key": "orders", "by": {"": 1}},
        {"op": "delete", "collection": "cart", "key": "c9"}
    ]});
    operation("post", "/v1/transactions", "Bulk", "transact", text)
        .body("At most 100 operations, 4 MB.", vec![(JSON, transaction_ops(), example)])
        .answers(200, "All were done.", &DONE, Some((JSON, results(transaction_result()))))
        .fails(&[
            Kind::MalformedJson,
            Kind::InvalidKey,
            Kind::InvalidOperation,
            Kind::InvalidPatch,
            Kind::NoSuchCollection,
            Kind::Conflict,
            Kind::RequestInProgress,
            Kind::TransactionPrecondition,
            Kind::TooLarge,
            Kind::SchemaViolation,
            Kind::IdempotencyKeyReused,
            Kind::PreconditionRequired,
            Kind::OutcomeUnknown,
        ])
        .fails_as_all()
        .done()
}

fn ops(kinds: Vec<Value>) -> Value {
    object(
        json!({"ops": {"type": "array", "maxItems": limits::OPERATIONS, "items": {"anyOf": kinds}}}),
        &["ops"],
    )
}

/// Members that make a condition, each of this schema.
fn conditions(tags: Value, mut members: Value) -> Value {
    for name in ["if_match", "if_none_match"] {
        members[name] = tags.clone();
    }
    members
}

/// One kind of operation: its own members beside those that say which item.
fn kind(op: &str, item: &Value, own: Value, required: &[&str]) -> Value {
    let mut members = item.clone();
    members["op"] = json!({"const": op});
    for (name, schema) in own.as_object().into_iter().flatten() {
        members[name.as_str()] = schema.clone();
    }
    let named = ["op", "key", "collection"].into_iter().filter(|name| members.get(*name).is_some());
    let required: Vec<_> = named.chain(required.iter().copied()).collect();
    object(members, &required)
}

fn check(item: &Value, tags: Value) -> Value {
    let mut check = kind("check", item, conditions(tags, json!({})), &[]);
    check["anyOf"] = json!([{"required": ["if_match"]}, {"required": ["if_none_match"]}]);
    check
}

/// In a batch a bad key, tag or lifetime is the fault of that operation alone, so the schema is lax there.
fn batch_ops() -> Vec<Value> {
    let item = json!({"key": {"type": "string"}});
    let ttl = || json!({"type": ["number", "string"], "description": "Seconds, or never."});
    let tags = || json!({"type": "string", "description": "As the header field of that name."});
    let write = |op: &str, name: &str, schema: Value| {
        kind(op, &item, conditions(tags(), json!({name: schema, "ttl": ttl()})), &[name])
    };
    vec![
        kind("get", &item, json!({}), &[]),
        write("put", "value", schema("Document")),
        write("patch", "merge", json!({"description": "A merge patch."})),
        write("patch", "json_patch", json!({"type": "array", "description": "A JSON patch."})),
        write("increment", "by", json!({"type": "object"})),
        kind("delete", &item, conditions(tags(), json!({})), &[]),
        check(&item, tags()),
    ]
}

fn transaction_ops() -> Value {
    let item = json!({
        "collection": {"type": "string", "pattern": COLLECTION},
        "key": {"type": "string", "minLength": 1, "maxLength": limits::KEY_BYTES, "pattern": KEY},
    });
    let tags = || schema("Tags");
    let write = |op: &str, name: &str, schema_of: &str| {
        let own = json!({name: schema(schema_of), "ttl": schema("Ttl")});
        kind(op, &item, conditions(tags(), own), &[name])
    };
    let reads = ops(vec![kind("get", &item, json!({}), &[])]);
    let writes = ops(vec![
        check(&item, tags()),
        write("put", "value", "Document"),
        write("increment", "by", "Increment"),
        kind("delete", &item, conditions(tags(), json!({})), &[]),
    ]);
    json!({"anyOf": [reads, writes]})
}

fn results(result: Value) -> Value {
    object(
        json!({"results": {"type": "array", "maxItems": limits::OPERATIONS, "items": result}}),
        &["results"],
    )
}

fn transaction_result() -> Value {
    let members = json!({
        "status": {"enum": [200, 201, 204, 404, 413]},
        "etag": schema("Etag"), "modified": schema("Instant"),
        "expires": {"anyOf": [schema("Instant"), {"type": "null"}]}, "value": schema("Document"),
        "problem": schema("Problem"),
    });
    object(members, &["status"])
}

fn batch_result() -> Value {
    let mut result = transaction_result();
    result["properties"]["status"] = json!({"type": "integer", "minimum": 200, "maximum": 599});
    result["properties"]["problem"] = schema("Problem");
    result
}
