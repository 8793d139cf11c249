//! The description of the API that `/openapi.json` serves: OpenAPI 3.1.
//!
//! It is made from the routes, the limits and the problem table. Schemas are as strict as the server, so that
//! what they allow is accepted and what they forbid is refused; the property-based tests take them by their
//! word. A test holds that the routes served and the operations described are the same.

#![expect(clippy::needless_pass_by_value, reason = "values are put together where they are made")]

mod bulk;
mod collections;
mod headers;
mod items;
mod limits;
mod lists;
mod operation;

mod parameters;
mod problems;
mod schemas;
mod service;
mod streams;

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::http::names::JSON;

use operation::Operation;

const INTRODUCTION: &str = "\
JSON documents in named collections, addressed by key. The body of an item is the caller's JSON and nothing \
else; what is known about it is in header fields that HTTP already defines.

HEAD is served wherever GET is; OPTIONS everywhere, with Allow, and on items with Accept-Patch. Every failure \
is a problem document (RFC 9457) whose type leads to an explanation. Under /v1, unknown query parameters and \
header fields that make no sense are refused, not ignored.";

const SCOPES: &str = "\
An API key, or a token (JWT) of the issuer that the operator has configured. Scopes are `read:`, `write:` or `admin:`, then a \
collection or `*`, then maybe `/` and which keys: with `/` or `*` at the end those that begin so, else one key and what lies \
below it. Reading settings needs any scope in their collection; changing them, `admin:`.";

/// The description, as text; made once for services where callers must say who they are, and once for others.
fn document(authenticated: bool) -> Bytes {
    static OPEN: LazyLock<Bytes> = LazyLock::new(|| describe(false).to_string().into());
    static CLOSED: LazyLock<Bytes> = LazyLock::new(|| describe(true).to_string().into());
    if authenticated { CLOSED.clone() } else { OPEN.clone() }
}

/// Serves the description.
pub async fn serve(authenticated: bool) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, JSON))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(document(authenticated))
}

fn describe(authenticated: bool) -> Value {
    let bearer = json!({"bearer": []});
    json!({
        "security": if authenticated { json!([bearer]) } else { json!([{}, bearer]) },
        "openapi": "3.1.0",
        "info": {
            "title": "Larder",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "An item store over plain HTTP",
            "description": INTRODUCTION,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": "Items", "description": "One document under one key."},
            {"name": "Lists", "description": "Many documents, in the order of their keys' bytes."},
            {"name": "Bulk", "description": "Many operations in one request."},
            {"name": "Streams", "description": "A whole collection as lines of JSON."},
            {"name": "Collections", "description": "What holds for all items of a collection."},
            {"name": "Service", "description": "The service about itself."},
        ],
        "paths": paths(),
        "components": {
            "parameters": parameters::all(),
            "headers": headers::all(),
            "schemas": schemas::all(),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": SCOPES}},
        },
        "x-limits": limits::all(),
        "x-problems": problems::all(),
    })
}

fn paths() -> Value {
    let groups =
        [items::all(), lists::all(), bulk::all(), streams::all(), collections::all(), service::all()];
    let mut paths = Map::new();
    for Operation { path, method, description } in groups.into_iter().flatten() {
        let operations = paths.entry(path).or_insert_with(|| json!({}));
        operations[method] = description;
    }
    paths.into()
}

#[cfg(test)]
mod tests {
    use jsonschema::Validator;

    use super::*;
    use crate::api::routes;
    use crate::domain::{Kind, limits};

    fn each_object(value: &Value, visit: &mut impl FnMut(&Map<String, Value>)) {
        match value {
            Value::Object(object) => {
                visit(object);
                object.values().for_each(|value| each_object(value, visit));
            }
            Value::Array(values) => values.iter().for_each(|value| each_object(value, visit)),
            _ => {}
        }
    }

    /// A validator for a schema of the description, which may refer to its components.
    fn validator(spec: &Value, schema: &Value) -> Validator {
        let whole = json!({"components": spec["components"], "allOf": [schema]});
        jsonschema::draft202012::new(&whole).unwrap()
    }

    #[test]
    fn what_is_served_is_described_and_nothing_else() {
        let spec = describe(true);
        let mut described: Vec<String> = Vec::new();
        for (path, operations) in spec["paths"].as_object().unwrap() {
            let methods = operations.as_object().unwrap().keys();
            // HEAD comes with GET, and OPTIONS with everything; /healthz is not a resource of the API.
            let own = methods.filter(|method| !matches!(method.as_str(), "head" | "options"));
            described.extend(own.map(|method| format!("{} {path}", method.to_uppercase())));
        }
        described.retain(|operation| operation != "GET /healthz");
        let mut served: Vec<String> = Vec::new();
        for route in routes::all() {
            served.extend(
                route
                    .operations
                    .iter()
                    .map(|operation| format!("{} {}", operation.verb.name(), route.pattern)),
            );
        }
        described.sort();
        served.sort();
        assert_eq!(described, served);
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let spec = describe(true);
        each_object(&spec, &mut |object| {
            if let Some(Value::String(reference)) = object.get("$ref") {
                let target = spec.pointer(reference.trim_start_matches('#'));
                assert!(target.is_some(), "{reference}");
            }
        });
    }

    #[test]
    fn every_example_is_allowed_by_its_schema() {
        let spec = describe(true);
        let mut examples = 0;
        each_object(&spec, &mut |object| {
            if let (Some(schema), Some(example)) = (object.get("schema"), object.get("example")) {
                examples += 1;
                assert!(validator(&spec, schema).is_valid(example), "{example}");
            }
        });
        assert!(examples > 8, "{examples}");
    }

    #[test]
    fn what_the_service_can_fail_with_is_described_and_nothing_else() {
        let text = describe(true)["paths"].to_string();
        for kind in Kind::ALL {
            let described = text.contains(&format!("\"/problems/{}\"", kind.name()));
            // That one is the router's.
            assert_eq!(described, kind != Kind::MethodNotAllowed, "{kind:?}");
        }
    }

    #[test]
    fn keys_and_tags_are_what_the_patterns_say() {
        let spec = describe(true);
        let parameter = |name: &str, value: &str| {
            validator(&spec, &spec["components"]["parameters"][name]["schema"]).is_valid(&json!(value))
        };
        for key in ["a", "users/42/today", "...", "a/.b", "ä/€ b"] {
            assert!(parameter("key", key), "{key}");
        }
        for key in ["", "/a", "a/", "a//b", ".", "a/..", "./a", "a\u{7f}b", "\u{85}"] {
            assert!(!parameter("key", key), "{key:?}");
        }
        for tags in ["*", "\"a\"", "W/\"a\" , \"b\"", "\"\",\"\u{e4}\""] {
            assert!(parameter("If-Match", tags), "{tags}");
        }
        for tags in ["", "a", "\"a", "\"a\" \"b\"", "*, \"a\"", "w/\"a\""] {
            assert!(!parameter("If-Match", tags), "{tags:?}");
        }
        let ten_years = limits::TTL_SECONDS;
        for seconds in [1, 99_999_999, 100_000_000, 309_999_999, 315_299_999, ten_years - 1, ten_years] {
            assert!(parameter("Item-TTL", &seconds.to_string()), "{seconds}");
        }
        for ttl in ["0", "01", "-1", "+1", "1.0", "Never", &(ten_years + 1).to_string(), "3153600000"] {
            assert!(!parameter("Item-TTL", ttl), "{ttl}");
        }
    }
}
