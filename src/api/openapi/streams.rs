//! Export and import: a collection as lines of JSON.

use serde_json::json;

use crate::domain::Kind;
use crate::http::names::JSON;

use super::operation::{Operation, operation, schema};

const NDJSON: &str = "application/x-ndjson";
const LINES: &str =
    "{\"op\":\"put\",\"key\":\"a\",\"value\":{\"n\":1},\"ttl\":3600}\n{\"op\":\"delete\",\"key\":\"b\"}\n";

pub(super) fn all() -> Vec<Operation> {
    vec![export(), import()]
}

fn export() -> Operation {
    let text = "Write out a collection\n\nA line for each item, in the order of keys, as import takes it. \
                If it fails on the way the stream ends early and broken; start with the last whole line \
                goes on.";
    operation("get", "/v1/collections/{collection}/export", "Streams", "exportItems", text)
        .answers(
            200,
            "Lines.",
            &["Consistency!", "Cache-Control", "Vary", "Request-Charge!", "X-Request-Id!"],
            Some((NDJSON, json!({"type": "string"}))),
        )
        .fails(&[Kind::NoSuchCollection])
        .fails_as_all()
        .done()
}

fn import() -> Operation {
    let text = "Take in lines\n\nEach line is an operation (put or delete) on its own. The body may be of \
                any length; a line is at most 512 KiB. A put with an end (`expires`) that has passed is not \
                written and counts as expired; one with an end over ten years away fails.";
    let lines = || json!({"description": "Each line is judged on its own."});
    operation("post", "/v1/collections/{collection}/import", "Streams", "importItems", text)
        .body(
            "Lines of JSON.",
            vec![
                (NDJSON, lines(), json!(LINES)),
                ("application/ndjson", lines(), json!(LINES)),
                ("application/jsonl", lines(), json!(LINES)),
            ],
        )
        .body_is_optional()
        .answers(
            200,
            "What became of the lines.",
            &["Request-Charge!", "X-Request-Id!"],
            Some((JSON, schema("ImportReport"))),
        )
        .fails(&[Kind::TooLarge, Kind::MalformedJson])
        .fails_as_all()
        .done()
}
