//! Schemas of bodies: documents of ours, and those of problems.

use serde_json::{Value, json};

use crate::domain::limits;

use super::operation::schema;
use super::parameters::{COLLECTION, KEY, tags};

/// An entity tag in a body, with its quotes.
const TAG: &str = r#"^"[^"]+"$"#;
/// RFC 3339, in UTC, with milliseconds.
const INSTANT: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$";
/// A JSON Pointer (RFC 6901).
const POINTER: &str = "^(/([^~/]|~[01])*)*$";

/// Every schema that several places share.
pub(super) fn all() -> Value {
    json!({
        "Document": {"description": "Any JSON document: yours, byte for byte as you wrote it."},
        "Etag": {"type": "string", "pattern": TAG, "description": "The version, with its quotes."},
        "Tags": tags(),
        "Instant": {"type": "string", "pattern": INSTANT},
        "Ttl": {
            "description": "Seconds from now, or never.",
            "anyOf": [{"type": "integer", "minimum": 1, "maximum": limits::TTL_SECONDS}, {"const": "never"}],
        },
        "Increment": increment(),
        "JsonPatch": json_patch(),
        "Settings": settings(),
        "Collection": collection(),
        "Collections": object(
            json!({
                "collections": {"type": "array", "items": schema("Collection")}, "next": {"type": "string"}
            }),
            &["collections"],
        ),
        "Entry": entry(),
        "Page": object(
            json!({
                "items": {"type": "array", "items": schema("Entry"), "maxItems": limits::PAGE_MAX},
                "prefixes": {"type": "array", "items": {"type": "string"}, "description": "Only with \
                                                                                           delimiter."},
                "next": {"type": "string", "description": "The cursor of the next page; missing at the end, \
                                                           and only there."},
            }),
            &["items"],
        ),
        "ImportReport": import_report(),
        "Problem": problem(),
    })
}

/// An object that has these members and no others.
pub(super) fn object(properties: Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn increment() -> Value {
    json!({
        "description": "JSON Pointers with what to add there; the empty pointer for an item that is a bare \
                        number. A last member that is missing begins at 0. No place may lie within another.",
        "type": "object", "minProperties": 1, "maxProperties": limits::PATCH_STEPS,
        "propertyNames": {"pattern": POINTER}, "additionalProperties": {"type": "number"},
    })
}

fn json_patch() -> Value {
    let pointer = json!({"type": "string", "pattern": POINTER});
    let step = |ops: &[&str], more: &str, value: Value| {
        json!({
            "type": "object", "required": ["op", "path", more],
            "properties": {"op": {"enum": ops}, "path": pointer, more: value},
        })
    };
    let remove = json!({
        "type": "object", "required": ["op", "path"], "properties": {"op": {"const": "remove"}, "path": pointer}
    });
    json!({
        "description": "Steps of RFC 6902.", "type": "array", "maxItems": limits::PATCH_STEPS,
        "items": {"anyOf": [
            step(&["add", "replace", "test"], "value", schema("Document")),
            step(&["move", "copy"], "from", pointer.clone()),
            remove,
        ]},
    })
}

fn settings() -> Value {
    let mut settings = object(settings_members(), &[]);
    settings["description"] =
        "Replaces all settings; what is missing takes its default, but shards stays as it is.".into();
    settings
}

fn settings_members() -> Value {
    json!({
        "default_ttl": {
            "type": ["integer", "null"], "minimum": 1, "maximum": limits::TTL_SECONDS, "default": null,
            "description": "Seconds that a new item lives, where its write does not say.",
        },
        "schema": {
            "type": ["object", "boolean", "null"], "default": null,
            "description": "A JSON Schema (2020-12) for every document that is written from now on; up to \
                            64 KiB, and at most 10,000 subschemas for one value, each counted as often as \
                            references reach it. References stay within it, format only annotates, and regular \
                            expressions take at most 10 µs for a byte of text, which ordinary ones are far from.",
        },
        "require_preconditions": {
            "type": "boolean", "default": false,
            "description": "Whether PUT, PATCH and DELETE of items must be conditional. Increments and lines of an import need not be.",
        },
        "shards": {
            "type": "integer", "minimum": 1, "maximum": limits::SHARDS,
            "description": "Over how many partitions the keys are spread; fixed when the collection is \
                            made. 1 if not said.",
        },
    })
}

fn collection() -> Value {
    let mut members = settings_members();
    members["name"] = json!({"type": "string", "pattern": COLLECTION});
    members["etag"] = schema("Etag");
    object(members, &["name", "etag", "default_ttl", "schema", "require_preconditions", "shards"])
}

fn entry() -> Value {
    let members = json!({
        "key": {"type": "string", "pattern": KEY},
        "etag": schema("Etag"),
        "modified": schema("Instant"),
        "expires": {"anyOf": [schema("Instant"), {"type": "null"}]},
        "value": schema("Document"),
    });
    object(members, &["key", "etag", "modified", "expires"])
}

fn import_report() -> Value {
    let count = json!({"type": "integer", "minimum": 0});
    let error = object(
        json!({
            "line": {"type": "integer", "minimum": 1}, "type": {"type": "string"}, "detail": {"type": "string"}
        }),
        &["line", "type", "detail"],
    );
    object(
        json!({
            "read": count, "written": count, "failed": count,
            "expired": {
                "type": "integer", "minimum": 1,
                "description": "Lines whose item has ended, which are left out; missing where there are none.",
            },
            "errors": {"type": "array", "maxItems": 100, "items": error, "description": "The first hundred."},
        }),
        &["read", "written", "failed", "errors"],
    )
}

fn problem() -> Value {
    let text = || json!({"type": "string"});
    let fault = |place: &str| object(json!({place: text(), "detail": text()}), &[place, "detail"]);
    let failure = object(
        json!({
            "op": {"type": "integer", "minimum": 0}, "status": {"type": "integer"},
            "type": text(), "etag": schema("Etag"),
        }),
        &["op", "status", "type"],
    );
    let members = json!({
        "type": {"type": "string", "pattern": "^/problems/[a-z-]+$", "description": "Leads to an \
                                                                                     explanation."},
        "title": text(),
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is wrong this time."},
        "instance": {"type": "string", "description": "The path of the request, without its query."},
        "request_id": {"type": "string", "description": "Finds the request in the logs."},
        "errors": {
            "type": "array", "minItems": 1,
            "items": {"anyOf": [fault("pointer"), fault("parameter"), fault("header")]},
            "description": "Everything of this kind that is wrong, each with its place.",
        },
        "limit": {"type": "integer", "description": "The limit that was passed."},
        "actual": {"type": "integer", "description": "What passed it."},
        "reason": {"enum": ["hot-key", "table", "account"], "description": "Which capacity was used up."},
        "current_etag": schema("Etag"),
        "current": {"description": "The document that is there, with Prefer: return=representation."},
        "failures": {
            "type": "array", "items": failure,
            "description": "The operations that kept a transaction from happening.",
        },
    });
    object(members, &["type", "title", "status", "detail"])
}
