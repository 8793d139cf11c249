//! Operations on collections and their settings.

use serde_json::json;

use crate::domain::Kind;
use crate::http::names::JSON;

use super::operation::{Operation, operation, schema};

const COLLECTION: &str = "/v1/collections/{collection}";

pub(super) fn all() -> Vec<Operation> {
    vec![list(), get(), put(), delete()]
}

fn list() -> Operation {
    operation("get", "/v1/collections", "Collections", "listCollections", "List collections\n\nBy name.")
        .answers(
            200,
            "A page of collections.",
            &["Link", "Cache-Control!", "Vary", "Request-Charge!", "X-Request-Id!"],
            Some((JSON, schema("Collections"))),
        )
        .fails(&[Kind::InvalidCursor])
        .fails_as_all()
        .done()
}

fn get() -> Operation {
    operation("get", COLLECTION, "Collections", "getCollection", "Read the settings of a collection")
        .answers(
            200,
            "The collection.",
            &["ETag!", "Last-Modified", "Cache-Control!", "Vary", "Request-Charge!", "X-Request-Id!"],
            Some((JSON, schema("Collection"))),
        )
        .answers(304, "These settings still hold.", &["ETag!", "Request-Charge!", "X-Request-Id!"], None)
        .fails(&[Kind::NoSuchCollection, Kind::PreconditionFailed])
        .fails_as_all()
        .done()
}

fn put() -> Operation {
    let text = "Make a collection, or replace its settings\n\nThe first write of an item makes a collection \
                too, with the defaults. New settings hold at once where they were taken, and within five \
                seconds elsewhere.";
    let written = ["ETag!", "Request-Charge!", "X-Request-Id!", "Last-Modified"];
    operation("put", COLLECTION, "Collections", "putCollection", text)
        .body(
            "All settings.",
            vec![(JSON, schema("Settings"), json!({"default_ttl": 86400, "schema": {"type": "object"}}))],
        )
        .answers(201, "Made.", &[&written[..], &["Location"]].concat(), None)
        .answers(204, "Replaced.", &written, None)
        .fails(&[
            Kind::MalformedJson,
            Kind::Conflict,
            Kind::PreconditionFailed,
            Kind::TooLarge,
            Kind::IdempotencyKeyReused,
            Kind::OutcomeUnknown,
        ])
        .fails_as_all()
        .done()
}

fn delete() -> Operation {
    operation("delete", COLLECTION, "Collections", "deleteCollection", "Remove an empty collection")
        .answers(
            204,
            "Gone. A later write makes a new one, with default settings.",
            &["Request-Charge!", "X-Request-Id!"],
            None,
        )
        .fails(&[
            Kind::NoSuchCollection,
            Kind::CollectionNotEmpty,
            Kind::PreconditionFailed,
            Kind::OutcomeUnknown,
        ])
        .fails_as_all()
        .done()
}
