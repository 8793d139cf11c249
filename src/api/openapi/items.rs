//! Operations on one item.

use serde_json::{Value, json};

use crate::domain::Kind;
use crate::http::names::JSON;

use super::operation::{Content, Draft, Operation, operation, schema};

const ITEM: &str = "/v1/collections/{collection}/items/{key}";
const ITEMS: &str = "/v1/collections/{collection}/items";
const VERSION: [&str; 5] = ["ETag!", "Last-Modified!", "Sunset", "Request-Charge!", "X-Request-Id!"];

pub(super) fn all() -> Vec<Operation> {
    vec![get(), head(), put(), patch(), delete(), post()]
}

fn document() -> Content {
    Some((JSON, schema("Document")))
}

fn headers<'a>(more: &[&'a str]) -> Vec<&'a str> {
    VERSION.iter().chain(more).copied().collect()
}

fn read(method: &'static str, id: &str, text: &'static str, content: Content) -> Operation {
    let fields = headers(&["Cache-Control!", "Consistency!"]);
    operation(method, ITEM, "Items", id, text)
        .answers(
            200,
            "The document, byte for byte as it was written.",
            &headers(&["Cache-Control!", "Consistency!", "Vary"]),
            content,
        )
        .answers(
            304,
            "The version that If-None-Match or If-Modified-Since names is still there.",
            &fields,
            None,
        )
        .fails(&[Kind::InvalidKey, Kind::NoSuchItem, Kind::NoSuchCollection, Kind::PreconditionFailed])
        .fails_as_all()
        .done()
}

fn get() -> Operation {
    read("get", "getItem", "Read an item", document())
}

fn head() -> Operation {
    read("head", "headItem", "Read what is known about an item\n\nAs GET, without the document.", None)
}

/// What all writes that leave an item behind have in common.
fn writes(draft: Draft) -> Draft {
    draft
        .fails(&[
            Kind::MalformedJson,
            Kind::InvalidKey,
            Kind::PreconditionFailed,
            Kind::TooLarge,
            Kind::SchemaViolation,
            Kind::IdempotencyKeyReused,
            Kind::OutcomeUnknown,
            Kind::NoSuchCollection,
            // Writers that keep coming between, or removals of the collection.
            Kind::Conflict,
        ])
        .fails_as_all()
}

const WRITTEN: [&str; 2] = ["Preference-Applied", "Cache-Control"];
const MADE: [&str; 3] = ["Location!", "Preference-Applied", "Cache-Control"];
const CREATED: &str = "Created. The document is in the body only with Prefer: return=representation.";

fn put() -> Operation {
    let text = "Store a document\n\nCreates the item, or replaces it, under whatever condition you name.";
    let draft = operation("put", ITEM, "Items", "putItem", text)
        .body(
            "The document: any JSON, up to 390 KiB.",
            vec![(JSON, schema("Document"), json!({"title": "hello"}))],
        )
        .answers(201, CREATED, &headers(&MADE), None)
        .answers(204, "Replaced.", &headers(&WRITTEN), None)
        .answers(200, "Replaced, with Prefer: return=representation.", &headers(&WRITTEN), document())
        .fails(&[Kind::PreconditionRequired]);
    writes(draft).done()
}

fn patch() -> Operation {
    let text = "Change a document\n\nA merge patch or a JSON patch changes what is there, and never creates \
                it; an increment adds to numbers, and creates the item if need be. However many increments \
                run at once, none is lost.";
    let merge: Value = json!({"description": "A merge patch (RFC 7396): members to set, null to remove."});
    let draft = operation("patch", ITEM, "Items", "patchItem", text)
        .body(
            "The change, in one of three languages.",
            vec![
                ("application/merge-patch+json", merge, json!({"title": "hello again", "draft": null})),
                (
                    "application/json-patch+json",
                    schema("JsonPatch"),
                    json!([
                        {"op": "test", "path": "/title", "value": "hello"},
                        {"op": "add", "path": "/tags", "value": []}
                    ]),
                ),
                ("application/vnd.larder.increment+json", schema("Increment"), json!({"/views": 1})),
            ],
        )
        .answers(201, CREATED, &headers(&MADE), None)
        .answers(204, "Changed.", &headers(&WRITTEN), None)
        .answers(200, "Changed, with Prefer: return=representation.", &headers(&WRITTEN), document())
        .fails(&[Kind::InvalidPatch, Kind::NoSuchItem])
        .fails(&[Kind::RequestInProgress, Kind::PreconditionRequired]);
    writes(draft).done()
}

fn delete() -> Operation {
    operation("delete", ITEM, "Items", "deleteItem", "Remove an item")
        .answers(204, "Gone.", &["Request-Charge!", "X-Request-Id!"], None)
        .fails(&[
            Kind::InvalidKey,
            Kind::NoSuchItem,
            Kind::NoSuchCollection,
            Kind::PreconditionFailed,
            Kind::PreconditionRequired,
            Kind::OutcomeUnknown,
            Kind::Conflict,
        ])
        .fails_as_all()
        .done()
}

fn post() -> Operation {
    let text = "Store a document under a key that the service makes\n\nWith an Idempotency-Key the key is \
                made from that, so that a repetition creates nothing more, as long as the item is there.";
    let draft = operation("post", ITEMS, "Items", "postItem", text)
        .body(
            "The document: any JSON, up to 390 KiB.",
            vec![(JSON, schema("Document"), json!({"title": "hello"}))],
        )
        .answers(201, CREATED, &headers(&MADE), None);
    writes(draft).done()
}
