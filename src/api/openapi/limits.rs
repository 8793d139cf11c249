//! The limits, for people and programs that plan with them.

use serde_json::{Value, json};

use crate::domain::limits::*;

/// Every limit with its unit.
pub(super) fn all() -> Value {
    let row = |what: &str, limit: u64, unit: &str| json!({"what": what, "limit": limit, "unit": unit});
    let power = |what: &str, limit: &i64| json!({"what": what, "limit": limit, "unit": "as power of ten"});
    json!([
        row("document, as stored", DOCUMENT_BYTES as u64, "bytes"),
        row("request body of an item, line of an import", ITEM_BODY_BYTES as u64, "bytes"),
        row("request body of a batch", BATCH_BODY_BYTES as u64, "bytes"),
        row("request body of a transaction", TRANSACTION_BODY_BYTES as u64, "bytes"),
        row(
            "items that a transaction writes, together, on DynamoDB",
            TRANSACTION_ITEMS_BYTES as u64,
            "bytes"
        ),
        row("documents in the answer of a batch or transaction", ANSWER_BYTES as u64, "bytes"),
        row("operations of a batch or transaction", OPERATIONS as u64, "operations"),
        row("JSON Schema of a collection", SCHEMA_BYTES as u64, "bytes"),
        row(
            "subschemas that a JSON Schema leads to, each as often as it is reached",
            SCHEMA_WORK,
            "subschemas"
        ),
        row("subschemas within each other", SCHEMA_DEPTH, "levels"),
        row("violations that are told", VIOLATIONS_TOLD as u64, "entries"),
        row("lines of an import that failed and are told", LINES_TOLD as u64, "entries"),
        row("containers inside one another", NESTING as u64, "levels"),
        row("key", KEY_BYTES as u64, "bytes"),
        row("prefix, start and end of a list", PREFIX_BYTES as u64, "bytes"),
        row("delimiter of a list", DELIMITER_BYTES as u64, "bytes"),
        row("entries of a page, unless limit says otherwise", u64::from(PAGE_DEFAULT), "entries"),
        row("entries of a page at most", u64::from(PAGE_MAX), "entries"),
        row("documents of a page", PAGE_BYTES as u64, "bytes"),
        row("cursor", CURSOR_CHARS as u64, "characters"),
        row("collection name", COLLECTION_CHARS as u64, "characters"),
        row("shards of a collection", u64::from(SHARDS), "shards"),
        row("time to live", TTL_SECONDS, "seconds"),
        row("steps of a patch, members of an increment", PATCH_STEPS as u64, "steps"),
        row("elements that a JSON Patch moves in arrays", PATCH_MOVES as u64, "elements"),
        row("significant digits of a number that is incremented", INCREMENT_DIGITS as u64, "digits"),
        power("first digit of such a number, at least", INCREMENT_POWERS.start()),
        power("first digit of such a number, at most", INCREMENT_POWERS.end()),
        row("Idempotency-Key", IDEMPOTENCY_KEY_CHARS as u64, "characters"),
        row("memory of the key of an increment or transaction", IDEMPOTENCY_WINDOW.as_secs(), "seconds"),
        row("X-Request-Id that is taken over", REQUEST_ID_CHARS as u64, "characters"),
        row("credentials", CREDENTIALS_CHARS as u64, "characters"),
        row("sub of a token", SUBJECT_BYTES as u64, "bytes"),
        row("kid of a token", TOKEN_KEY_ID_BYTES as u64, "bytes"),
        row("request target", TARGET_BYTES as u64, "bytes"),
        row("header fields of a request, HTTP/1.1", HTTP1_FIELDS as u64, "fields"),
        row("head of a request, HTTP/1.1", HTTP1_HEAD_BYTES as u64, "bytes"),
        row("header fields of a request, HTTP/2", HTTP2_FIELDS as u64, "fields"),
        row("head of a request, HTTP/2", HTTP2_HEAD_BYTES as u64, "bytes"),
        row("requests at once on a connection of HTTP/2", HTTP2_STREAMS as u64, "requests"),
    ])
}
